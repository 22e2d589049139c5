-- Purpose: every feed with its last good delivery, since when it says the same, and what holds the newest one. Parameters: on_day.
-- Grain: one row per feed. Dialect: PostgreSQL.
WITH again AS (
    SELECT batch_id, max(as_of) AS as_of, max(received_at) AS received_at FROM batch_unchanged GROUP BY batch_id
)

SELECT
    feed.source_id, feed.system, feed.stage, feed.last_good_batch, greatest(feed.last_good_as_of, again.as_of) AS last_good_as_of,
    greatest(feed.last_good_at, again.received_at) AS last_good_at,
    CASE WHEN again.as_of > feed.last_good_as_of THEN feed.last_good_as_of END AS unchanged_since, feed.held_batch,
    feed.held_problem, CAST(:on_day AS date) - greatest(feed.last_good_as_of, again.as_of) AS days_old
FROM feed
LEFT JOIN again ON feed.last_good_batch = again.batch_id
ORDER BY feed.held_batch IS NULL, greatest(feed.last_good_as_of, again.as_of), feed.source_id;
