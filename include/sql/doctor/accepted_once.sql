-- Purpose: messages a service accepted more than once (I4).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(attempt.message_id AS text) AS subject, count(*) OVER () AS broken
FROM message_attempt AS attempt
GROUP BY attempt.message_id
HAVING count(*) FILTER (WHERE attempt.outcome = 'accepted') > 1
ORDER BY attempt.message_id
LIMIT :how_many;
