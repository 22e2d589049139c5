-- Purpose: count the events of a message by kind. Parameters: message_id. Grain: one row per kind. Dialect: PostgreSQL.
SELECT event.kind, count(*) AS events
FROM message_item AS item
INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
WHERE item.message_id = :message_id
GROUP BY event.kind
ORDER BY events DESC, event.kind ASC;
