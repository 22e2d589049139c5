-- Purpose: the newest judged batch of each source. Parameters: none. Grain: one row per source. Dialect: PostgreSQL.
SELECT DISTINCT ON (source_id) source_id, as_of, batch_id, state, counts
FROM batch
WHERE state IN ('validated', 'held', 'published')
ORDER BY source_id ASC, as_of DESC, batch_id DESC;
