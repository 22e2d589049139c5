-- Purpose: the events of the assessments of one business date. Parameters: day (ISO date). Grain: one row per assessment.
-- Dialect: PostgreSQL.
SELECT seq, body FROM audit_event
WHERE subject_type = 'assessment' AND subject_id = :day
    AND action IN ('portfolio:assessed', 'customers:assessed', 'portfolio:assessed_later')
ORDER BY seq;
