-- Purpose: send the events of a message to its recipient through the first channel they have not been given to; the next expansion makes
-- messages of them. Parameters: message_id, channels (the preferred one first). Grain: one row per event. Dialect: PostgreSQL.
INSERT INTO message_item (outbox_id, recipient, channel)
SELECT item.outbox_id, item.recipient, other.channel
FROM message_item AS item
CROSS JOIN LATERAL (
    SELECT named.channel
    FROM unnest(cast(:channels AS text [])) WITH ORDINALITY AS named (channel, place)
    WHERE NOT EXISTS (
        SELECT FROM message_item AS known
        WHERE known.outbox_id = item.outbox_id AND known.recipient = item.recipient AND known.channel = named.channel
    )
    ORDER BY named.place
    LIMIT 1
) AS other
WHERE item.message_id = :message_id
ON CONFLICT (outbox_id, recipient, channel, step) DO NOTHING
RETURNING channel;
