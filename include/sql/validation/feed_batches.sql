-- Purpose: the watermark of each source as of a day: newest published batch, and the newest held one with its problem.
-- Parameters: as_of. Grain: one row per source with a judged batch. Dialect: PostgreSQL.
SELECT
    source_id,
    max(as_of) FILTER (WHERE state = 'published') AS last_good_as_of,
    max(as_of) FILTER (WHERE state = 'held') AS held_as_of,
    (array_agg(problem ORDER BY as_of DESC, batch_id DESC) FILTER (WHERE state = 'held'))[1] AS held_problem
FROM batch
WHERE as_of <= :as_of AND state IN ('published', 'held')
GROUP BY source_id;
