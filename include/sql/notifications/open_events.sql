-- Purpose: take events nobody has turned into messages yet; by state, so a late commit with a low id is found too. A
-- reminder whose duty was done meanwhile is obsolete.
-- Parameters: limit. Grain: one row per event. Dialect: PostgreSQL.
SELECT
    event.outbox_id, event.event_key, event.kind, event.urgency, event.audience, event.facts ->> 'channel' AS avoid,
    event.suppressed_reason IS NOT NULL AS suppressed,
    event.kind LIKE 'duty\_%' AND EXISTS (
        SELECT 1 FROM duty
        WHERE duty.duty_id = CAST(event.facts ->> 'duty_id' AS bigint) AND duty.state IN ('done', 'cancelled')
    ) AS obsolete
FROM outbox_event AS event
WHERE event.expanded_at IS NULL
ORDER BY event.outbox_id
LIMIT :limit
FOR UPDATE OF event SKIP LOCKED;
