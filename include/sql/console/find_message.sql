-- Purpose: one message by its number or the reference people read. Parameters: number (null when it is none), wanted.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT
    message.message_id, message.ref, message.kind, message.urgency, message.recipient, message.channel, message.items, message.state,
    message.attempts, message.problem, message.created_at, message.ended_at, acknowledgement.person AS acknowledged_by,
    acknowledgement.acknowledged_at
FROM message
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
WHERE message.message_id = CAST(:number AS bigint) OR message.ref = :wanted
ORDER BY message.message_id = CAST(:number AS bigint) DESC NULLS LAST, message.message_id DESC
LIMIT 1;
