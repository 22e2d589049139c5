-- Purpose: the assessments that were in force at some moment up to a given one, by their business dates. Parameters: days (array of ISO dates),
-- moment. Grain: one row per assessment. Dialect: PostgreSQL.
SELECT audit_event.seq, audit_event.body
FROM audit_event
WHERE
    audit_event.subject_type = 'assessment' AND audit_event.subject_id = any(CAST(:days AS text []))
    AND audit_event.action IN ('portfolio:assessed', 'customers:assessed') AND audit_event.recorded_at <= :moment
ORDER BY audit_event.seq;
