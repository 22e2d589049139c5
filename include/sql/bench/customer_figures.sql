-- Purpose: the disclosed share of the largest buyer for every twentieth invented customer. Variables: customers, as_of.
-- Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('C{:07d}', c * 20) AS customer_id, 'top_buyer_share_pct' AS figure, (getvariable('as_of') - (hash(c, 91) % 700)::INTEGER)::DATE AS observed_on,
    round(100 * pow((hash(c, 92) % 1000) / 1e3, 2), 1) AS value, 'bench' AS source
FROM range(getvariable('customers') // 20) AS t(c)
