-- Purpose: one batch with its counts, what holds it, and who proposed and decided to accept it. Parameters: batch_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT
    batch.batch_id, batch.source_id, batch.system, batch.stage, batch.as_of, batch.received_at, batch.state, batch.file_name,
    batch.size_bytes, batch.sha256, batch.mapping_digest, batch.counts, batch.problem, batch_override.state AS override_state,
    batch_override.reason AS override_reason, batch_override.proposed_by, batch_override.proposed_at, batch_override.decided_by,
    batch_override.decided_at
FROM batch
LEFT JOIN batch_override ON batch.batch_id = batch_override.batch_id
WHERE batch.batch_id = :batch_id;
