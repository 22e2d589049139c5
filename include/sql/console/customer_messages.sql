-- Purpose: what people were told about a customer, newest first: messages about it, its reviews, plans, steps, signals and opinions.
-- Parameters: customer_key, until (null: up to now; else nothing later is told). Grain: one row per message and event. Dialect: PostgreSQL.
SELECT
    message.message_id, message.ref, outbox_event.kind, message.recipient, message.channel, message.created_at,
    CASE WHEN CAST(:until AS timestamptz) IS NULL OR message.ended_at <= :until THEN message.state END AS state,
    CASE WHEN CAST(:until AS timestamptz) IS NULL OR acknowledgement.acknowledged_at <= :until
        THEN acknowledgement.acknowledged_at END AS acknowledged_at
FROM subjects_of(:customer_key) AS subject
INNER JOIN outbox_event ON subject.subject_type = outbox_event.subject_type AND subject.subject_id = outbox_event.subject_id
INNER JOIN message_item ON outbox_event.outbox_id = message_item.outbox_id
INNER JOIN message ON message_item.message_id = message.message_id
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
WHERE CAST(:until AS timestamptz) IS NULL OR message.created_at <= :until
ORDER BY message.message_id DESC
LIMIT 30;
