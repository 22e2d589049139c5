-- Purpose: feeds whose newest delivery is held, and how many of their rows wait in quarantine. Parameters: none.
-- Grain: one row per feed with a problem. Dialect: PostgreSQL.
WITH waiting AS (
    SELECT quarantine_row.source_id, count(*) AS rows_waiting
    FROM quarantine_row WHERE quarantine_row.state = 'quarantined'
    GROUP BY quarantine_row.source_id
)

SELECT
    coalesce(feed.source_id, waiting.source_id) AS source_id, feed.held_batch, feed.held_as_of, feed.held_problem,
    coalesce(waiting.rows_waiting, 0) AS rows_waiting
FROM feed
FULL OUTER JOIN waiting ON feed.source_id = waiting.source_id
WHERE feed.held_batch IS NOT NULL OR waiting.rows_waiting > 0
ORDER BY source_id;
