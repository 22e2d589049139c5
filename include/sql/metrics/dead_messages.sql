-- Purpose: messages that were given up, ever and in the last day. Parameters: now. Grain: one row per channel with such messages.
-- Dialect: PostgreSQL.
SELECT
    channel, count(*) AS messages_dead, count(*) FILTER (WHERE ended_at > :now - INTERVAL '1 day') AS messages_dead_last_day
FROM message
WHERE state = 'dead'
GROUP BY channel
ORDER BY channel;
