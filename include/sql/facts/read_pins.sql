-- Purpose: the published version of every fact table, and the newest moment anything published was known at. Parameters: none.
-- Grain: one row per table. Dialect: PostgreSQL.
SELECT
    pointer.dataset, pointer.version,
    (SELECT max(published.known_at) FROM fact_batch AS published) AS known_at
FROM fact_table AS pointer
ORDER BY pointer.dataset;
