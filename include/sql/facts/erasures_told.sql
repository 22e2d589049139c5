-- Purpose: the events that say which files an erasure rewrote, the oldest first. Parameters: none. Grain: one row per event. Dialect: PostgreSQL.
SELECT CAST(subject_id AS bigint) AS erasure_id, body FROM audit_event
WHERE subject_type = 'erasure' AND action = 'erasure:files_rewritten'
ORDER BY seq;
