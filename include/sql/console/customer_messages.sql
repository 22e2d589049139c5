-- Purpose: what people were told about a customer, newest first: messages about it, its reviews, plans, steps, signals and opinions.
-- Parameters: customer_key. Grain: one row per message and event. Dialect: PostgreSQL.
WITH subjects AS (
    SELECT 'customer' AS subject_type, CAST(CAST(:customer_key AS bigint) AS text) AS subject_id
    UNION ALL
    SELECT 'customer', customer.customer_id FROM customer WHERE customer.customer_key = :customer_key
    UNION ALL
    SELECT 'review', CAST(review.review_id AS text) FROM review WHERE review.customer_key = :customer_key
    UNION ALL
    SELECT 'activation', CAST(activation.activation_id AS text) FROM activation WHERE activation.customer_key = :customer_key
    UNION ALL
    SELECT 'step', CAST(step.step_key AS text)
    FROM step INNER JOIN activation ON step.activation_id = activation.activation_id
    WHERE activation.customer_key = :customer_key
    UNION ALL
    SELECT 'signal', CAST(signal.signal_id AS text) FROM signal WHERE signal.customer_key = :customer_key
    UNION ALL
    SELECT 'opinion', CAST(opinion.opinion_id AS text) FROM opinion WHERE opinion.customer_key = :customer_key
)

SELECT
    message.message_id, message.ref, outbox_event.kind, message.recipient, message.channel, message.state, message.created_at,
    acknowledgement.acknowledged_at
FROM subjects
INNER JOIN outbox_event ON subjects.subject_type = outbox_event.subject_type AND subjects.subject_id = outbox_event.subject_id
INNER JOIN message_item ON outbox_event.outbox_id = message_item.outbox_id
INNER JOIN message ON message_item.message_id = message.message_id
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
ORDER BY message.message_id DESC
LIMIT 30;
