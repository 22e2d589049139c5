-- Purpose: read the checkpoints in their order. Parameters: first, last (null: without end). Grain: one row per checkpoint.
-- Dialect: PostgreSQL.
SELECT audit_checkpoint.number, audit_checkpoint.size, audit_checkpoint.root, audit_checkpoint.content, audit_checkpoint.made_at
FROM audit_checkpoint
WHERE audit_checkpoint.number >= :first AND (CAST(:last AS bigint) IS NULL OR audit_checkpoint.number <= :last)
ORDER BY audit_checkpoint.number;
