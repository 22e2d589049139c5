-- Purpose: the newest disclosed share of the customer's largest buyer, for M4. Parameters: as_of, m4_since (first day too old).
-- Grain: one row per customer that disclosed it. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT customer_key, arg_max(value, (observed_on, as_of, known_at)) AS top_buyer_pct
FROM customer_figures
WHERE figure = 'top_buyer_share_pct' AND observed_on <= $as_of AND observed_on > $m4_since
GROUP BY customer_key
