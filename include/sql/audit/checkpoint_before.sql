-- Purpose: find the newest checkpoint signed before an event, 1 if there is none. Parameters: number (last to look at), size (the event).
-- Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(max(audit_checkpoint.number), 1)
FROM audit_checkpoint
WHERE audit_checkpoint.number <= :number AND audit_checkpoint.size < :size;
