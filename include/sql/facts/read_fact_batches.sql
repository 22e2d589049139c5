-- Purpose: list the batches that were received and published by a moment. Parameters: known_at.
-- Grain: one row per batch and data set. Dialect: PostgreSQL.
SELECT batch_id, dataset, source_id, kind, as_of, known_at, version FROM fact_batch
WHERE known_at <= :known_at AND published_at <= :known_at ORDER BY dataset, batch_id;
