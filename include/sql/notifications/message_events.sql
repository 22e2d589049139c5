-- Purpose: list the events of a message, most urgent first; a digest leaves out reminders of what was done meanwhile.
-- Parameters: message_id, limit. Grain: one row per event. Dialect: PostgreSQL.
SELECT event.kind, event.subject_type, event.subject_id, event.urgency, event.facts, event.created_at
FROM message_item AS item
INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
INNER JOIN message ON item.message_id = message.message_id
WHERE
    item.message_id = :message_id
    AND NOT (
        message.kind = 'digest' AND event.kind LIKE 'duty\_%' AND EXISTS (
            SELECT 1 FROM duty
            WHERE duty.duty_id = CAST(event.facts ->> 'duty_id' AS bigint) AND duty.state IN ('done', 'cancelled')
        )
    )
ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], event.urgency), event.outbox_id
LIMIT :limit;
