-- Purpose: read a checkpoint. Parameters: number. Grain: at most one row. Dialect: PostgreSQL.
SELECT audit_checkpoint.number, audit_checkpoint.size, audit_checkpoint.root, audit_checkpoint.content, audit_checkpoint.made_at
FROM audit_checkpoint
WHERE audit_checkpoint.number = :number;
