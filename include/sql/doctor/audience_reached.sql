-- Purpose: events with somebody in their audience who has no message about them (I2).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(event.outbox_id AS text) AS subject, count(*) OVER () AS broken
FROM outbox_event AS event
LEFT JOIN (
    SELECT item.outbox_id, count(DISTINCT item.recipient) AS recipients FROM message_item AS item GROUP BY item.outbox_id
) AS reached ON event.outbox_id = reached.outbox_id
WHERE
    event.suppressed_reason IS NULL AND event.expanded_at IS NOT NULL
    AND cardinality(event.audience) <> coalesce(reached.recipients, 0)
ORDER BY event.outbox_id
LIMIT :how_many;
