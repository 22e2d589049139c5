-- Purpose: returned payments of twelve months per customer, for P9. Parameters: low, high (account keys), as_of, day_12m.
-- Grain: one row per customer with a returned payment. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, count(*) AS returned
FROM payments
WHERE account_key BETWEEN $low AND $high AND is_reversal AND payment_date <= $as_of AND payment_date > $day_12m
GROUP BY customer_key
