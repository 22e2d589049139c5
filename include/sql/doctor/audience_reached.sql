-- Purpose: events with somebody of the team in their audience who has no message about them, or that reached nobody (I2).
-- Parameters: persons (ids), how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(event.outbox_id AS text) AS subject, count(*) OVER () AS broken
FROM outbox_event AS event
LEFT JOIN (
    SELECT item.outbox_id, array_agg(DISTINCT item.recipient) AS names FROM message_item AS item GROUP BY item.outbox_id
) AS reached ON event.outbox_id = reached.outbox_id
WHERE
    event.suppressed_reason IS NULL AND event.expanded_at IS NOT NULL
    AND cardinality(event.audience) > 0
    AND (
        reached.names IS NULL
        OR EXISTS (
            SELECT FROM unnest(event.audience) AS named (name)
            WHERE named.name = any(CAST(:persons AS text [])) AND named.name <> all(reached.names)
        )
    )
ORDER BY event.outbox_id
LIMIT :how_many;
