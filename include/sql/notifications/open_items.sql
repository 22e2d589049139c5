-- Purpose: list the items that are in no message yet. Parameters: none. Grain: one row per item. Dialect: PostgreSQL.
SELECT item.item_id, item.recipient, item.channel, event.outbox_id, event.event_key, event.kind, event.urgency
FROM message_item AS item
INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
WHERE item.message_id IS NULL
ORDER BY item.recipient, item.channel, event.outbox_id;
