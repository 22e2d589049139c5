-- Purpose: the events about things, in order. Parameters: types, ids (arrays side by side), run_id (null, or only those a run caused and of the
-- deliveries it read), since,
-- until (null, or moments). Grain: one row per event. Dialect: PostgreSQL.
SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor,
    convert_from(audit_event.body, 'UTF8') AS body
FROM unnest(CAST(:types AS text []), CAST(:ids AS text [])) AS thing (subject_type, subject_id)
INNER JOIN audit_event ON thing.subject_type = audit_event.subject_type AND thing.subject_id = audit_event.subject_id
WHERE
    audit_event.action <> 'console:read'
    AND (CAST(:since AS timestamptz) IS NULL OR audit_event.recorded_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at < :until)
    AND (
        CAST(:run_id AS text) IS NULL OR audit_event.subject_type = 'batch'
        OR CAST(convert_from(audit_event.body, 'UTF8') AS jsonb) -> 'cause' ->> 'run_id' = :run_id
    )
ORDER BY audit_event.seq;
