-- Purpose: the first day on which each customer was known to be insolvent, and the first day on which something was written off.
-- Parameters: as_of. Grain: one row per customer and source of a failure. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, 'insolvency' AS source, min(coalesce(event_on, observed_on)) AS failed_on
FROM external_signals
WHERE signal_type = 'insolvency' AND status IS DISTINCT FROM 'closed' AND coalesce(event_on, observed_on) <= $as_of
GROUP BY customer_key
UNION ALL
SELECT customer_key, 'written_off' AS source, min(coalesce(cleared_date, as_of)) AS failed_on
FROM invoices
WHERE status = 'written_off' AND coalesce(cleared_date, as_of) <= $as_of
GROUP BY customer_key
ORDER BY customer_key, source
