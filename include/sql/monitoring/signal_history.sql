-- Purpose: what happened to a signal, from the event log, oldest first. Parameters: signal_id. Grain: one row per event.
-- Dialect: PostgreSQL.
SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.actor,
    audit_read(audit_event.seq, audit_event.body) -> 'new' AS new
FROM audit_event
WHERE audit_event.subject_type = 'signal' AND audit_event.subject_id = CAST(CAST(:signal_id AS bigint) AS text)
ORDER BY audit_event.seq;
