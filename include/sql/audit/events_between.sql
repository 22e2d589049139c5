-- Purpose: find the first and last of the log's first events that were recorded in a time; where there is none, an empty range after what was before.
-- Parameters: since, until (exclusive; null: open), size (how many events to look at). Grain: one row. Dialect: PostgreSQL.
WITH found AS (
    SELECT
        min(audit_event.seq) AS first,
        max(audit_event.seq) AS last
    FROM audit_event
    WHERE
        audit_event.seq <= :size
        AND (CAST(:since AS timestamptz) IS NULL OR audit_event.recorded_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR audit_event.recorded_at < :until)
),

before AS (
    SELECT coalesce(max(audit_event.seq), 0) AS last
    FROM audit_event
    WHERE audit_event.seq <= :size AND audit_event.recorded_at < :since
)

SELECT
    coalesce(found.first, before.last + 1) AS first,
    coalesce(found.last, before.last) AS last
FROM found
CROSS JOIN before;
