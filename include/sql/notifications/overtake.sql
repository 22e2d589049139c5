-- Purpose: end the messages that wait and tell of nothing but duties that are done by now, such as those of a night or an outage.
-- Parameters: at. Grain: one row per message. Dialect: PostgreSQL.
UPDATE message
SET state = 'overtaken', next_at = NULL, ended_at = :at, problem = 'the duty was done meanwhile'
WHERE
    next_at IS NOT NULL AND (kind LIKE 'duty\_%' OR kind = 'digest')
    AND NOT EXISTS (
        SELECT 1
        FROM message_item AS item
        INNER JOIN outbox_event AS event ON item.outbox_id = event.outbox_id
        WHERE
            item.message_id = message.message_id
            AND NOT (
                event.kind LIKE 'duty\_%' AND EXISTS (
                    SELECT 1 FROM duty
                    WHERE duty.duty_id = CAST(event.facts ->> 'duty_id' AS bigint) AND duty.state IN ('done', 'cancelled')
                )
            )
    )
RETURNING message_id, ref;
