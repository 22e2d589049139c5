-- Purpose: lock a channel's state while messages are claimed, so that its rate is kept by all dispatchers together.
-- Parameters: channel. Grain: one row. Dialect: PostgreSQL.
INSERT INTO channel_state AS held (channel) VALUES (:channel)
ON CONFLICT (channel) DO UPDATE SET channel = held.channel
RETURNING held.paused_until;
