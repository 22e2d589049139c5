-- Purpose: claim due messages of a channel, most urgent first, with a lease, and write the intent of each attempt.
-- Parameters: channel, now, until, limit. Grain: one row per claimed message. Dialect: PostgreSQL.
WITH picked AS (
    SELECT message_id
    FROM message
    WHERE channel = :channel AND next_at <= :now
    ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], urgency), kind = 'digest', message_id
    LIMIT :limit
    FOR UPDATE SKIP LOCKED
),

claimed AS (
    UPDATE message
    SET state = 'sending', attempts = attempts + 1, next_at = NULL, lease_token = gen_random_uuid(), lease_until = :until
    FROM picked
    WHERE message.message_id = picked.message_id
    RETURNING
        message.message_id, message.ref, message.recipient, message.channel, message.kind, message.urgency, message.attempts,
        message.failures, message.lease_token, message.nonce, message.items
),

intent AS (
    INSERT INTO message_attempt (message_id, attempt, lease_token, channel, started_at)
    SELECT message_id, attempts, lease_token, channel, :now AS started_at FROM claimed
)

SELECT * FROM claimed
ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], urgency), kind = 'digest', message_id;
