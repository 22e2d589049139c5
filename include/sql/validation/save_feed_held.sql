-- Purpose: mark a feed held by a batch; a batch older than the held or last good one marks nothing.
-- Parameters: source_id, system, stage, batch_id, as_of, problem, at. Grain: one row per feed. Dialect: PostgreSQL.
INSERT INTO feed (source_id, system, stage, held_batch, held_as_of, held_problem, updated_at)
VALUES (:source_id, :system, :stage, :batch_id, :as_of, :problem, :at)
ON CONFLICT (source_id) DO UPDATE SET
    held_batch = excluded.held_batch, held_as_of = excluded.held_as_of, held_problem = excluded.held_problem,
    updated_at = excluded.updated_at
WHERE
    coalesce(feed.held_as_of, '-infinity') <= excluded.held_as_of
    AND coalesce(feed.last_good_as_of, '-infinity') <= excluded.held_as_of;
