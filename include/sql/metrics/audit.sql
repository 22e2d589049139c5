-- Purpose: how far the event log goes, how far it was verified and signed, and what was not brought out. Parameters: now. Grain: one row.
-- Dialect: PostgreSQL.
SELECT
    audit_head.seq AS audit_events,
    coalesce(newest.size, 0) AS audit_verified_events,
    coalesce(extract(EPOCH FROM newest.made_at), 0) AS audit_checkpoint_timestamp_seconds,
    waiting.found AS audit_checkpoints_waiting,
    coalesce(extract(EPOCH FROM :now - waiting.oldest), 0) AS audit_checkpoints_waiting_seconds
FROM audit_head
LEFT JOIN LATERAL (
    SELECT size, made_at FROM audit_checkpoint
    ORDER BY number DESC
    LIMIT 1
) AS newest ON TRUE
CROSS JOIN (
    SELECT count(*) AS found, min(made_at) AS oldest FROM audit_checkpoint
    WHERE NOT EXISTS (SELECT FROM audit_export WHERE audit_export.number = audit_checkpoint.number)
) AS waiting;
