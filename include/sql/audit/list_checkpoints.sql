-- Purpose: read all checkpoints in their order. Parameters: none. Grain: one row per checkpoint. Dialect: PostgreSQL.
SELECT audit_checkpoint.number, audit_checkpoint.size, audit_checkpoint.root, audit_checkpoint.content, audit_checkpoint.made_at
FROM audit_checkpoint
ORDER BY audit_checkpoint.number;
