-- Purpose: read the texts of chosen checkpoints, in order. Parameters: numbers. Grain: one row per checkpoint. Dialect: PostgreSQL.
SELECT audit_checkpoint.content
FROM audit_checkpoint
WHERE audit_checkpoint.number = any(CAST(:numbers AS bigint []))
ORDER BY audit_checkpoint.number;
