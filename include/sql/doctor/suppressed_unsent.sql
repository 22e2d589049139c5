-- Purpose: events that were not to be sent and have a message all the same (I13).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(event.outbox_id AS text) AS subject, count(*) OVER () AS broken
FROM outbox_event AS event
WHERE
    event.suppressed_reason IS NOT NULL
    AND EXISTS (SELECT 1 FROM message_item AS item WHERE item.outbox_id = event.outbox_id)
ORDER BY event.outbox_id
LIMIT :how_many;
