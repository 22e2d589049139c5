-- Purpose: the messages that wait to be landed, or to be settled after their batch was published; at most a thousand, more change nothing.
-- Parameters: none. Grain: one row per message. Dialect: PostgreSQL.
SELECT event.event_id
FROM event LEFT JOIN batch ON event.batch_id = batch.batch_id
WHERE event.state IN ('received', 'landed') OR (event.state = 'held' AND batch.state = 'published')
ORDER BY event.event_id
LIMIT 1000;
