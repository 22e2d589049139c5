-- Purpose: messages given up that no alarm tells of and that reached their person in no other way (C6).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(message.message_id AS text) AS subject, count(*) OVER () AS broken
FROM message
WHERE
    message.state = 'dead' AND message.kind <> 'message_dead'
    AND NOT EXISTS (
        SELECT 1 FROM outbox_event AS alarm
        WHERE alarm.kind = 'message_dead' AND alarm.facts ->> 'recipient' = message.recipient
    )
    AND NOT EXISTS (
        SELECT 1 FROM message AS other
        WHERE other.event_key = message.event_key AND other.recipient = message.recipient AND other.state = 'accepted'
    )
ORDER BY message.message_id
LIMIT :how_many;
