-- Purpose: what a run brought about, as the event log names it. Parameters: id. Grain: one row per thing. Dialect: PostgreSQL.
SELECT 'run' AS subject_type, CAST(:id AS text) AS subject_id
UNION
SELECT DISTINCT audit_event.subject_type, audit_event.subject_id
FROM audit_event INNER JOIN run ON audit_event.recorded_at BETWEEN run.started_at AND coalesce(run.ended_at, now())
WHERE
    run.run_id = CAST(:id AS bigint)
    AND CAST(convert_from(audit_event.body, 'UTF8') AS jsonb) -> 'cause' ->> 'run_id' = CAST(:id AS text)
ORDER BY subject_type, subject_id;
