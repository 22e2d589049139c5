-- Purpose: what one customer's published statements say, item by item. Parameters: customer_key, as_of, periods.
-- Grain: one row per period, scope and item of the newest periods. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT period_end, period_type, scope, item, max(value) AS value, max(currency) AS currency, bool_or(audited) AS audited
FROM financial_statements
WHERE customer_key = $customer_key AND period_end <= $as_of AND coalesce(published_on, period_end) <= $as_of
GROUP BY period_end, period_type, scope, item
QUALIFY dense_rank() OVER (ORDER BY period_end DESC, period_type, scope) <= $periods
ORDER BY period_end DESC, period_type, scope, item
