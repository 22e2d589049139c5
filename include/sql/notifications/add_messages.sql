-- Purpose: make messages and put their items into them; a known message is left alone.
-- Parameters: rows (JSON array with items as an array of item ids), at. Grain: one row per new message. Dialect: PostgreSQL.
WITH new AS (
    SELECT *
    FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS new (
        ref text, event_key text, recipient text, channel text, kind text, urgency text, items jsonb, state text,
        next_at timestamptz, ended_at timestamptz, nonce text, problem text
    )
),

made AS (
    INSERT INTO message (
        ref, event_key, recipient, channel, kind, urgency, items, state, next_at, ended_at, nonce, problem, created_at
    )
    SELECT
        new.ref, new.event_key, new.recipient, new.channel, new.kind, new.urgency,
        jsonb_array_length(new.items) AS listed, new.state, new.next_at, new.ended_at, new.nonce, new.problem, :at AS created_at
    FROM new
    ORDER BY array_position(ARRAY['critical', 'high', 'normal', 'low'], new.urgency), new.event_key, new.recipient, new.channel
    ON CONFLICT (event_key, recipient, channel, step) DO NOTHING
    RETURNING message_id, event_key, recipient, channel, kind, state, items
),

attached AS (
    UPDATE message_item
    SET message_id = made.message_id
    FROM made
    INNER JOIN new ON made.event_key = new.event_key AND made.recipient = new.recipient AND made.channel = new.channel
    CROSS JOIN LATERAL jsonb_array_elements_text(new.items) AS listed (item_id)
    WHERE message_item.item_id = cast(listed.item_id AS bigint)
)

SELECT message_id, recipient, channel, kind, state, items FROM made;
