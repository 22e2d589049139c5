-- Purpose: events of which no messages were made yet, and for how long the oldest waits. Parameters: now. Grain: one row.
-- Dialect: PostgreSQL.
SELECT
    count(*) AS outbox_events_waiting,
    coalesce(extract(EPOCH FROM :now - min(created_at)), 0) AS outbox_oldest_seconds
FROM outbox_event
WHERE expanded_at IS NULL;
