-- Purpose: messages that are not ended, and for how long the one that is due longest was not tried. Parameters: now.
-- Grain: one row per channel and state with such messages. Dialect: PostgreSQL.
SELECT
    channel, state, count(*) AS messages_waiting,
    greatest(extract(EPOCH FROM :now - min(next_at)), 0) AS messages_due_oldest_seconds
FROM message
WHERE next_at IS NOT NULL
GROUP BY channel, state
UNION ALL
SELECT channel, state, count(*) AS messages_waiting, greatest(extract(EPOCH FROM :now - min(lease_until)), 0) AS messages_due_oldest_seconds
FROM message
WHERE state = 'sending'
GROUP BY channel, state
ORDER BY channel, state;
