-- Purpose: the newest batch of a source, 0 without one. Parameters: source_id. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(max(batch_id), 0) FROM batch
WHERE source_id = :source_id;
