-- Purpose: find the message an acknowledgement link belongs to, and whether it was used.
-- Parameters: nonce. Grain: one row. Dialect: PostgreSQL.
SELECT message.message_id, message.ref, message.recipient, message.created_at, used.person, used.acknowledged_at, used.duties
FROM message
LEFT JOIN acknowledgement AS used ON message.nonce = used.nonce
WHERE message.nonce = :nonce;
