-- Purpose: list the events of a message, most urgent first.
-- Parameters: message_id, limit. Grain: one row per event. Dialect: PostgreSQL.
SELECT event.kind, event.subject_type, event.subject_id, event.urgency, event.facts, event.created_at
FROM message_item AS item
INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
WHERE item.message_id = :message_id
ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], event.urgency), event.outbox_id
LIMIT :limit;
