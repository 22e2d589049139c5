-- Purpose: read the checkpoints that were not brought out yet, in their order. Parameters: none. Grain: one row per checkpoint.
-- Dialect: PostgreSQL.
SELECT audit_checkpoint.number, audit_checkpoint.content, audit_checkpoint.made_at
FROM audit_checkpoint
LEFT JOIN audit_export ON audit_checkpoint.number = audit_export.number
WHERE audit_export.number IS NULL
ORDER BY audit_checkpoint.number;
