-- Purpose: messages that no channel has taken, with the channel's newest answer. Parameters: none.
-- Grain: one row per channel and answer. Dialect: PostgreSQL.
SELECT
    message.channel,
    coalesce(message.problem, '') AS problem,
    count(*) AS messages
FROM message
WHERE message.state IN ('refused', 'dead')
GROUP BY message.channel, coalesce(message.problem, '')
ORDER BY messages DESC, message.channel ASC, problem ASC
LIMIT 5;
