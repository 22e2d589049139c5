-- Purpose: tell whether a checkpoint of a day was mailed. Parameters: day (ISO date). Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1 FROM audit_event
    WHERE audit_event.subject_type = 'audit_log' AND audit_event.subject_id = :day AND audit_event.action = 'audit_log:mailed'
);
