-- Purpose: read the override of a batch. Parameters: batch_id. Grain: one row or none. Dialect: PostgreSQL.
SELECT batch_id, problems, problems_sha256, reason, state, proposed_by, decided_by, version
FROM batch_override
WHERE batch_id = :batch_id;
