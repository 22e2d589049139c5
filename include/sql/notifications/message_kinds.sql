-- Purpose: count the events of a message by kind, as far as it lists them. Parameters: message_id. Grain: one row per kind.
-- Dialect: PostgreSQL.
SELECT event.kind, count(*) AS events
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
GROUP BY event.kind
ORDER BY events DESC, event.kind ASC;
