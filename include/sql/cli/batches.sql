-- Purpose: batches, newest first, with what holds them and whether somebody proposed to accept them. Parameters: state and
-- source (NULL for all), how_many. Grain: one row per batch. Dialect: PostgreSQL.
SELECT
    batch.batch_id,
    batch.source_id,
    batch.as_of,
    batch.state,
    batch.file_name,
    batch.received_at,
    batch.problem,
    batch_override.state AS override_state,
    batch_override.proposed_by
FROM batch
LEFT JOIN batch_override ON batch.batch_id = batch_override.batch_id
WHERE
    batch.state = coalesce(CAST(:state AS text), batch.state)
    AND batch.source_id = coalesce(CAST(:source AS text), batch.source_id)
ORDER BY batch.batch_id DESC
LIMIT :how_many;
