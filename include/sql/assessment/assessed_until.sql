-- Purpose: the assessments of some business dates that had become current by an event of the log. Parameters: days (array of ISO dates), seq.
-- Grain: one row per assessment. Dialect: PostgreSQL.
SELECT audit_event.seq, audit_event.body
FROM audit_event
WHERE
    audit_event.subject_type = 'assessment' AND audit_event.subject_id = any(CAST(:days AS text []))
    AND audit_event.action IN ('portfolio:assessed', 'customers:assessed') AND audit_event.seq <= :seq
ORDER BY audit_event.seq;
