-- Purpose: what happened to one thing, from the event log, newest first. Parameters: subject_type, subject_id, how_many.
-- Grain: one row per event. Dialect: PostgreSQL.
SELECT audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.actor
FROM audit_event
WHERE audit_event.subject_type = :subject_type AND audit_event.subject_id = :subject_id AND audit_event.action <> 'console:read'
ORDER BY audit_event.seq DESC
LIMIT :how_many;
