-- Purpose: everything that happened to a customer, newest first, page by page: from the event log, about it, its reviews, plans, steps,
-- signals and opinions. Parameters: customer_key, until (null: up to now), before_seq (null at first), how_many.
-- Grain: one row per event. Dialect: PostgreSQL.
SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor
FROM subjects_of(:customer_key) AS subject
INNER JOIN audit_event ON subject.subject_type = audit_event.subject_type AND subject.subject_id = audit_event.subject_id
WHERE
    audit_event.action <> 'console:read' AND audit_event.seq < coalesce(CAST(:before_seq AS bigint), 9223372036854775807)
    AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at <= :until)
ORDER BY audit_event.seq DESC
LIMIT :how_many;
