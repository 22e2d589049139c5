-- Purpose: move the watermark of a feed after a good batch; an older batch never moves it back.
-- Parameters: source_id, system, stage, batch_id, as_of, at. Grain: one row per feed. Dialect: PostgreSQL.
INSERT INTO feed (source_id, system, stage, last_good_batch, last_good_as_of, last_good_at, updated_at)
VALUES (:source_id, :system, :stage, :batch_id, :as_of, :at, :at)
ON CONFLICT (source_id) DO UPDATE SET
    last_good_batch = CASE
        WHEN feed.last_good_as_of IS NULL OR feed.last_good_as_of <= excluded.last_good_as_of THEN excluded.last_good_batch
        ELSE feed.last_good_batch
    END,
    last_good_as_of = greatest(feed.last_good_as_of, excluded.last_good_as_of), last_good_at = excluded.last_good_at,
    held_batch = CASE WHEN feed.held_as_of <= excluded.last_good_as_of THEN NULL ELSE feed.held_batch END,
    held_problem = CASE WHEN feed.held_as_of <= excluded.last_good_as_of THEN NULL ELSE feed.held_problem END,
    held_as_of = CASE WHEN feed.held_as_of <= excluded.last_good_as_of THEN NULL ELSE feed.held_as_of END,
    updated_at = excluded.updated_at;
