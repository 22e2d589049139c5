-- Purpose: what services answered in the last hour; the channels are found one by one in the index. Parameters: now.
-- Grain: one row per channel and outcome. Dialect: PostgreSQL.
WITH RECURSIVE channels AS (
    (SELECT channel FROM message_attempt
    ORDER BY channel
    LIMIT 1)
    UNION ALL
    SELECT (
        SELECT message_attempt.channel FROM message_attempt
        WHERE message_attempt.channel > channels.channel
        ORDER BY message_attempt.channel
        LIMIT 1
    )
    FROM channels
    WHERE channels.channel IS NOT NULL
)

SELECT channels.channel, outcomes.outcome, count(message_attempt.message_id) AS message_attempts_last_hour
FROM channels
CROSS JOIN unnest(ARRAY['accepted', 'refused', 'unknown']) AS outcomes (outcome)
LEFT JOIN message_attempt
    ON channels.channel = message_attempt.channel AND message_attempt.started_at > :now - INTERVAL '1 hour'
        AND outcomes.outcome = message_attempt.outcome
WHERE channels.channel IS NOT NULL
GROUP BY channels.channel, outcomes.outcome
ORDER BY channels.channel, outcomes.outcome;
