-- Purpose: what happened to anything within a span of days, as the event log names it; people's reading is left out.
-- Parameters: since, until (moments, the last one excluded). Grain: one row per thing. Dialect: PostgreSQL.
SELECT DISTINCT subject_type, subject_id FROM audit_event
WHERE recorded_at >= :since AND recorded_at < :until AND action <> 'console:read'
ORDER BY subject_type, subject_id;
