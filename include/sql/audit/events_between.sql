-- Purpose: find the first and last of the log's first events that were recorded in a time; an empty range when there is none.
-- Parameters: since, until (exclusive; null: open), size (how many events to look at). Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(min(audit_event.seq), 1) AS first, coalesce(max(audit_event.seq), 0) AS last
FROM audit_event
WHERE
    audit_event.seq <= :size
    AND (CAST(:since AS timestamptz) IS NULL OR audit_event.recorded_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at < :until);
