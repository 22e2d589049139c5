-- Purpose: search the event log, newest first, page by page. Parameters: action, subject_type, subject_id, actor, since, until
-- (each may be null), before_seq (the last event of the page before, null at first), how_many. Grain: one row per event. Dialect: PostgreSQL.
SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor
FROM audit_event
WHERE
    (CAST(:action AS text) IS NULL OR audit_event.action = :action)
    AND (CAST(:subject_type AS text) IS NULL OR audit_event.subject_type = :subject_type)
    AND (CAST(:subject_id AS text) IS NULL OR audit_event.subject_id = :subject_id)
    AND (CAST(:actor AS text) IS NULL OR audit_event.actor = :actor)
    AND (CAST(:since AS timestamptz) IS NULL OR audit_event.recorded_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at < :until)
    AND (
        CAST(:before_seq AS bigint) IS NULL
        OR (audit_event.recorded_at, audit_event.seq) < (SELECT b.recorded_at, b.seq FROM audit_event AS b WHERE b.seq = :before_seq)
    )
ORDER BY audit_event.recorded_at DESC, audit_event.seq DESC
LIMIT :how_many;
