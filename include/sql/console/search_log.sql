-- Purpose: search the event log, page by page: by time, which an index gives, or by a text and then by time; by the number where the moment is
-- the same. Parameters: action, subject_type, subject_id, actor, since, until (each may be null), sort (recorded_at or a column of text), is_down
-- (the newest or largest first), after_text and after_key (the last event of the page before, null at first), how_many.
-- Grain: one row per event. Dialect: PostgreSQL.
WITH listed AS (
    SELECT
        audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor,
        CASE
            WHEN :sort = 'action' THEN audit_event.action
            WHEN :sort = 'subject_type' THEN audit_event.subject_type
            WHEN :sort = 'subject_id' THEN audit_event.subject_id
            WHEN :sort = 'actor' THEN audit_event.actor
            ELSE ''
        END COLLATE "C" AS place_text
    FROM audit_event
    WHERE
        (CAST(:action AS text) IS NULL OR audit_event.action = :action)
        AND (CAST(:subject_type AS text) IS NULL OR audit_event.subject_type = :subject_type)
        AND (CAST(:subject_id AS text) IS NULL OR audit_event.subject_id = :subject_id)
        AND (CAST(:actor AS text) IS NULL OR audit_event.actor = :actor)
        AND (CAST(:since AS timestamptz) IS NULL OR audit_event.recorded_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at < :until)
)

SELECT listed.*, 0 AS place_number, listed.seq AS sort_key
FROM listed
WHERE
    CASE
        WHEN CAST(:after_key AS bigint) IS NULL THEN true
        WHEN :sort = 'recorded_at' AND :is_down THEN
            (listed.recorded_at, listed.seq) < (SELECT last.recorded_at, last.seq FROM audit_event AS last WHERE last.seq = :after_key)
        WHEN :sort = 'recorded_at' THEN
            (listed.recorded_at, listed.seq) > (SELECT last.recorded_at, last.seq FROM audit_event AS last WHERE last.seq = :after_key)
        WHEN :is_down THEN
            (listed.place_text, listed.recorded_at, listed.seq)
            < (SELECT CAST(:after_text AS text), last.recorded_at, last.seq FROM audit_event AS last WHERE last.seq = :after_key)
        ELSE
            (listed.place_text, listed.recorded_at, listed.seq)
            > (SELECT CAST(:after_text AS text), last.recorded_at, last.seq FROM audit_event AS last WHERE last.seq = :after_key)
    END
ORDER BY
    CASE WHEN :is_down THEN listed.place_text END DESC,
    CASE WHEN :is_down THEN listed.recorded_at END DESC,
    CASE WHEN :is_down THEN listed.seq END DESC,
    CASE WHEN NOT :is_down THEN listed.place_text END ASC,
    CASE WHEN NOT :is_down THEN listed.recorded_at END ASC,
    CASE WHEN NOT :is_down THEN listed.seq END ASC
LIMIT :how_many;
