-- Purpose: list the things a message is about. Parameters: message_id. Grain: one row per subject. Dialect: PostgreSQL.
SELECT DISTINCT event.subject_type, event.subject_id
FROM message_item AS item
INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
WHERE item.message_id = :message_id
ORDER BY event.subject_type, event.subject_id;
