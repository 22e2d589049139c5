-- Purpose: the watermark of each source as of a day: newest published batch, and the newest held one with its problem; a batch that the
-- source said again unchanged is as new as that day. Parameters: as_of. Grain: one row per source with a judged batch. Dialect: PostgreSQL.
WITH said AS (
    SELECT
        batch.source_id, batch.state, batch.problem, batch.batch_id,
        greatest(
            batch.as_of,
            (SELECT max(again.as_of) FROM batch_unchanged AS again WHERE again.batch_id = batch.batch_id AND again.as_of <= :as_of)
        ) AS as_of
    FROM batch
    WHERE batch.as_of <= :as_of AND batch.state IN ('published', 'held')
)

SELECT
    source_id,
    max(as_of) FILTER (WHERE state = 'published') AS last_good_as_of,
    max(as_of) FILTER (WHERE state = 'held') AS held_as_of,
    (array_agg(problem ORDER BY as_of DESC, batch_id DESC) FILTER (WHERE state = 'held'))[1] AS held_problem
FROM said
GROUP BY source_id;
