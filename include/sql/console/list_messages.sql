-- Purpose: messages; created_at stands for the order in which they were made, which the key has.
-- Parameters: state, recipient (null: all), sort (a column); those of page.sql.
-- Grain: one row per message. Dialect: PostgreSQL.
SELECT
    message.message_id, message.ref, message.kind, message.urgency, message.recipient, message.channel, message.items, message.state,
    message.attempts, message.created_at, message.ended_at, acknowledgement.acknowledged_at,
    CASE
        WHEN :sort = 'items' THEN message.items
        WHEN :sort = 'attempts' THEN message.attempts
        WHEN :sort = 'ended_at' THEN extract(EPOCH FROM message.ended_at)
        WHEN :sort = 'acknowledged_at' THEN extract(EPOCH FROM acknowledgement.acknowledged_at)
        WHEN :sort = 'urgency' THEN array_position(ARRAY['low', 'normal', 'high', 'critical'], message.urgency)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'ref' THEN message.ref
        WHEN :sort = 'kind' THEN message.kind
        WHEN :sort = 'recipient' THEN message.recipient
        WHEN :sort = 'channel' THEN message.channel
        WHEN :sort = 'state' THEN message.state
        ELSE ''
    END AS sort_text,
    message.message_id AS sort_key
FROM message
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
WHERE
    (CAST(:state AS text) IS NULL OR message.state = :state)
    AND (CAST(:recipient AS text) IS NULL OR message.recipient = :recipient)
    AND CASE
        WHEN :sort <> 'created_at' OR CAST(:after_key AS bigint) IS NULL THEN true
        WHEN :is_down THEN message.message_id < CAST(:after_key AS bigint)
        ELSE message.message_id > CAST(:after_key AS bigint)
    END;
