-- Purpose: different red flags of the newest visit, for E6. Parameters: as_of, e6_since (first day too old), flags (codes that count).
-- Grain: one row per visited customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, count(DISTINCT flag) FILTER (WHERE list_contains($flags::VARCHAR[], flag)) AS flags
FROM (
    SELECT customer_key, lower(trim(flag)) AS flag FROM field_reports
    WHERE visited_on <= $as_of AND visited_on > $e6_since
    QUALIFY visited_on = max(visited_on) OVER (PARTITION BY customer_key)
)
GROUP BY customer_key
