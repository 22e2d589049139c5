-- Purpose: messages, newest first, page by page. Parameters: state, recipient (null: all), before_id (null at first), how_many.
-- Grain: one row per message. Dialect: PostgreSQL.
SELECT
    message.message_id, message.ref, message.kind, message.urgency, message.recipient, message.channel, message.items, message.state,
    message.attempts, message.created_at, message.ended_at, acknowledgement.acknowledged_at
FROM message
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
WHERE
    (CAST(:state AS text) IS NULL OR message.state = :state)
    AND (CAST(:recipient AS text) IS NULL OR message.recipient = :recipient)
    AND (CAST(:before_id AS bigint) IS NULL OR message.message_id < :before_id)
ORDER BY message.message_id DESC
LIMIT :how_many;
