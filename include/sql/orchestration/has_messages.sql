-- Purpose: tell whether somebody has to be told of something that no pass has looked at. Parameters: none. Grain: one row.
-- Dialect: PostgreSQL.
SELECT EXISTS (SELECT 1 FROM outbox_event WHERE expanded_at IS NULL);
