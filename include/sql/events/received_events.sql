-- Purpose: the messages that have not landed, in the order of receipt; those already assigned to a batch name it.
-- Parameters: none. Grain: one row per message. Dialect: PostgreSQL.
SELECT event_id, source_id, system, sha256, content_type, accounts, received_at, batch_sha256, first_row
FROM event
WHERE state = 'received'
ORDER BY event_id;
