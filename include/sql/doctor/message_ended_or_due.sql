-- Purpose: messages that are neither ended nor tried: their lease is long over, or they have been due for a day (I3).
-- Parameters: now, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(message.message_id AS text) AS subject, count(*) OVER () AS broken
FROM message
WHERE
    message.lease_until < CAST(:now AS timestamptz) - interval '1 hour'
    OR message.next_at < CAST(:now AS timestamptz) - interval '1 day'
ORDER BY message.message_id
LIMIT :how_many;
