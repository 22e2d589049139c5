-- Purpose: count the attempts a channel had in the last minute.
-- Parameters: channel, since. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) FROM message_attempt
WHERE channel = :channel AND started_at > :since;
