-- Purpose: runs, events to tell and messages received that have waited for more than six hours (I14).
-- Parameters: now, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH broken AS (
    SELECT 'run ' || run.run_id AS subject FROM run
    WHERE run.state = 'running' AND run.started_at < CAST(:now AS timestamptz) - interval '6 hours'
    UNION ALL
    SELECT 'outbox ' || event.outbox_id AS subject FROM outbox_event AS event
    WHERE
        event.expanded_at IS NULL AND event.suppressed_reason IS NULL
        AND event.created_at < CAST(:now AS timestamptz) - interval '6 hours'
    UNION ALL
    SELECT 'event ' || event.event_id AS subject FROM event
    WHERE event.state IN ('received', 'landed') AND event.received_at < CAST(:now AS timestamptz) - interval '6 hours'
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
