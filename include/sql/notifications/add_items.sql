-- Purpose: record whom an event goes to through which channel; a known one is left alone.
-- Parameters: arrays outbox_id, recipient, channel. Grain: one row per event, person, channel and step. Dialect: PostgreSQL.
INSERT INTO message_item (outbox_id, recipient, channel)
SELECT new.outbox_id, new.recipient, new.channel
FROM unnest(
    cast(:outbox_id AS bigint []), cast(:recipient AS text []), cast(:channel AS text [])
) AS new (outbox_id, recipient, channel)
ON CONFLICT (outbox_id, recipient, channel, step) DO NOTHING;
