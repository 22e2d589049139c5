-- Purpose: list the channels with messages that are due. Parameters: now. Grain: one row per channel. Dialect: PostgreSQL.
SELECT channel FROM message
WHERE next_at <= :now
GROUP BY channel
ORDER BY channel;
