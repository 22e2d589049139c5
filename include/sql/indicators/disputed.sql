-- Purpose: amounts disputed in six months per customer, for T5; a dispute without an amount counts with its invoice's.
-- Parameters: low, high (account keys), as_of, day_6m. Grain: one row per customer with a dispute. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT d.customer_key, round(sum(coalesce(d.amount::DOUBLE * d.rate, i.amount::DOUBLE * i.rate, 0)), 2) AS disputed_6m
FROM disputes AS d
LEFT JOIN (SELECT customer_key, item_key, amount, rate FROM invoices WHERE account_key BETWEEN $low AND $high) AS i
    ON i.item_key = d.invoice_key AND i.customer_key = d.customer_key AND d.amount IS NULL
WHERE d.account_key BETWEEN $low AND $high AND d.opened_on <= $as_of AND d.opened_on > $day_6m
GROUP BY d.customer_key
