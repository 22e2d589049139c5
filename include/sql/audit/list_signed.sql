-- Purpose: list the checkpoints without their texts, and what state a restore set the log back to. Parameters: last.
-- Grain: one row per checkpoint. Dialect: PostgreSQL.
SELECT
    audit_checkpoint.number, audit_checkpoint.size, audit_checkpoint.made_at,
    cast(substring(audit_checkpoint.content FROM '\nrestored ([0-9]+)\n') AS bigint) AS restored
FROM audit_checkpoint
WHERE audit_checkpoint.number <= :last
ORDER BY audit_checkpoint.number;
