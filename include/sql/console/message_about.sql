-- Purpose: the events a message tells. Parameters: message_id, how_many. Grain: one row per event. Dialect: PostgreSQL.
SELECT outbox_event.kind, outbox_event.subject_type, outbox_event.subject_id, outbox_event.urgency, outbox_event.created_at
FROM message_item
INNER JOIN outbox_event ON message_item.outbox_id = outbox_event.outbox_id
WHERE message_item.message_id = :message_id
ORDER BY message_item.item_id
LIMIT :how_many;
