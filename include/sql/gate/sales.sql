-- Purpose: what was billed to each customer in each month. Parameters: first (day), as_of. Grain: one row per customer and month
-- (year * 12 + month). Amounts without a rate are left out; credit notes count against sales. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    customer_key, year(issue_date) * 12 + month(issue_date) AS month_number,
    sum(round(amount::DOUBLE * rate, 2)) AS billed
FROM invoices
WHERE issue_date BETWEEN $first AND $as_of AND rate IS NOT NULL AND NOT (as_of <= $as_of AND status IS NOT DISTINCT FROM 'reversed')
GROUP BY customer_key, month_number
ORDER BY customer_key, month_number
