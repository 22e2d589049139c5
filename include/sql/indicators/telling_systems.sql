-- Purpose: which systems had told of each data set by a moment. Parameters: known_at. Grain: one row per data set. Dialect: PostgreSQL.
SELECT dataset, array_agg(DISTINCT system) AS systems
FROM fact_batch
WHERE known_at <= :known_at AND published_at <= :known_at
GROUP BY dataset;
