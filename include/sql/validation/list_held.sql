-- Purpose: held batches with the state of their override. Parameters: none. Grain: one row per batch. Dialect: PostgreSQL.
SELECT
    batch.batch_id, batch.source_id, batch.as_of, batch.problem, batch_override.state AS override_state,
    batch_override.proposed_by, batch_override.reason
FROM batch
LEFT JOIN batch_override ON batch.batch_id = batch_override.batch_id
WHERE batch.state = 'held'
ORDER BY batch.batch_id;
