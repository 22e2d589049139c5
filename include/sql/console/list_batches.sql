-- Purpose: batches, newest first, page by page. Parameters: state and source_id (null: all), before_id (null at first), how_many.
-- Grain: one row per batch. Dialect: PostgreSQL.
SELECT
    batch.batch_id, batch.source_id, batch.as_of, batch.state, batch.file_name, batch.received_at, batch.size_bytes, batch.problem
FROM batch
WHERE
    (CAST(:state AS text) IS NULL OR batch.state = :state)
    AND (CAST(:source_id AS text) IS NULL OR batch.source_id = :source_id)
    AND (CAST(:before_id AS bigint) IS NULL OR batch.batch_id < :before_id)
ORDER BY batch.batch_id DESC
LIMIT :how_many;
