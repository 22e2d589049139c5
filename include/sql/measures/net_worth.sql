-- Purpose: the equity of each customer's newest statement published by the date. Parameters: as_of. Grain: one row per customer.
-- Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, round(arg_max(value::DOUBLE * rate, (period_end, scope = $preferred_scope, coalesce(published_on, period_end))), 2) AS net_worth
FROM financial_statements
WHERE item = 'equity' AND rate IS NOT NULL AND coalesce(published_on, period_end) <= $as_of AND period_end <= $as_of
GROUP BY customer_key
