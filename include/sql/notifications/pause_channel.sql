-- Purpose: keep a channel from being used until a moment.
-- Parameters: channel, until, problem. Grain: one row. Dialect: PostgreSQL.
INSERT INTO channel_state AS held (channel, paused_until, problem) VALUES (:channel, :until, :problem)
ON CONFLICT (channel) DO UPDATE
SET paused_until = greatest(held.paused_until, excluded.paused_until), problem = excluded.problem;
