-- Purpose: the longest delay of information we asked for, for E3: open requests by the date, answered ones for a year after the answer.
-- Parameters: as_of, e3_since (first day too old). Grain: one row per customer with a request that counts. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, max(greatest(0, least(coalesce(supplied_on, $as_of), $as_of) - coalesce(due_on, requested_on)))::DOUBLE AS delay
FROM information_requests
WHERE requested_on <= $as_of AND NOT coalesce(withdrawn_on <= $as_of, false) AND coalesce(supplied_on, $as_of) > $e3_since
GROUP BY customer_key
