-- Purpose: find attempts whose dispatcher ended during the send.
-- Parameters: now. Grain: one row per message. Dialect: PostgreSQL.
SELECT message_id, recipient, channel, kind, urgency, ref, attempts, failures, lease_token, nonce, items
FROM message
WHERE state = 'sending' AND lease_until < :now
ORDER BY message_id
FOR UPDATE SKIP LOCKED;
