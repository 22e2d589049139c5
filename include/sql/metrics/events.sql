-- Purpose: single messages of sources that were received and are not judged yet, and for how long the oldest waits.
-- Parameters: now. Grain: one row. Dialect: PostgreSQL.
SELECT
    count(*) AS events_waiting,
    coalesce(extract(EPOCH FROM :now - min(received_at)), 0) AS events_oldest_seconds
FROM event
WHERE state IN ('received', 'landed');
