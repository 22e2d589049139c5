-- Purpose: what people were told about things, with every attempt to deliver it; the answers of channels stay out, they may hold addresses.
-- Parameters: types, ids (arrays side by side), since, until (null, or moments). Grain: one row per message and attempt. Dialect: PostgreSQL.
WITH told AS (
    SELECT DISTINCT message_item.message_id, outbox_event.subject_type, outbox_event.subject_id
    FROM unnest(CAST(:types AS text []), CAST(:ids AS text [])) AS thing (subject_type, subject_id)
    INNER JOIN outbox_event ON thing.subject_type = outbox_event.subject_type AND thing.subject_id = outbox_event.subject_id
    INNER JOIN message_item ON outbox_event.outbox_id = message_item.outbox_id
    WHERE
        message_item.message_id IS NOT NULL
        AND (CAST(:since AS timestamptz) IS NULL OR outbox_event.created_at >= :since)
        AND (CAST(:until AS timestamptz) IS NULL OR outbox_event.created_at < :until)
)

SELECT
    told.subject_type, told.subject_id, message.message_id, message.ref AS message_ref, message.kind, message.recipient,
    message.channel, message.created_at, message.state,
    attempt.attempt, attempt.started_at, attempt.outcome, attempt.body_sha256, acknowledgement.acknowledged_at
FROM told
INNER JOIN message ON told.message_id = message.message_id
LEFT JOIN message_attempt AS attempt ON message.message_id = attempt.message_id
LEFT JOIN acknowledgement ON message.nonce = acknowledgement.nonce
ORDER BY message.message_id, told.subject_type, told.subject_id, attempt.attempt;
