-- Purpose: messages with an attempt that has no outcome although nobody is sending (I3).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(message.message_id AS text) AS subject, count(*) OVER () AS broken
FROM message_attempt AS attempt
INNER JOIN message ON attempt.message_id = message.message_id
WHERE attempt.outcome IS NULL AND message.state <> 'sending'
ORDER BY message.message_id
LIMIT :how_many;
