-- Purpose: what one customer ordered, was billed and paid, month by month, in the reporting currency; amounts without a rate are counted
-- and left out. Parameters: customer_key, since, as_of. Grain: one row per month with anything. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
WITH told AS (
    SELECT order_date AS day, amount::DOUBLE * rate AS ordered, NULL::DOUBLE AS billed, NULL::DOUBLE AS paid, rate
    FROM orders WHERE customer_key = $customer_key AND status <> 'cancelled'
    UNION ALL
    SELECT issue_date, NULL, CASE WHEN doc_type = 'credit_note' THEN -abs(amount::DOUBLE) ELSE amount::DOUBLE END * rate, NULL, rate
    FROM invoices WHERE customer_key = $customer_key AND NOT (as_of <= $as_of AND status IS NOT DISTINCT FROM 'reversed')
    UNION ALL
    SELECT payment_date, NULL, NULL, CASE WHEN is_reversal THEN -amount::DOUBLE ELSE amount::DOUBLE END * rate, rate
    FROM payments WHERE customer_key = $customer_key
)

SELECT
    date_trunc('month', day)::DATE AS month, round(coalesce(sum(ordered), 0), 2) AS ordered, round(coalesce(sum(billed), 0), 2) AS billed,
    round(coalesce(sum(paid), 0), 2) AS paid, count(*) FILTER (WHERE rate IS NULL) AS unconverted
FROM told
WHERE day BETWEEN $since AND $as_of
GROUP BY month
ORDER BY month
