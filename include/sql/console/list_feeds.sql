-- Purpose: every feed with its last good delivery and what holds the newest one. Parameters: on_day. Grain: one row per feed.
-- Dialect: PostgreSQL.
SELECT
    feed.source_id, feed.system, feed.stage, feed.last_good_batch, feed.last_good_as_of, feed.last_good_at, feed.held_batch,
    feed.held_problem, CAST(:on_day AS date) - feed.last_good_as_of AS days_old
FROM feed
ORDER BY feed.held_batch IS NULL, feed.last_good_as_of, feed.source_id;
