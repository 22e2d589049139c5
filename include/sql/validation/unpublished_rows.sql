-- Purpose: published batches of which rows were let through and not published after that: whoever did it was stopped in between.
-- Parameters: none. Grain: one row per batch. Dialect: PostgreSQL.
SELECT decided.batch_id
FROM (SELECT DISTINCT batch_id FROM quarantine_row WHERE state IN ('released', 'redriven')) AS decided
INNER JOIN batch ON decided.batch_id = batch.batch_id AND batch.state = 'published'
CROSS JOIN LATERAL (
    SELECT
        max(event.seq) FILTER (WHERE event.action IN ('quarantine:released', 'quarantine:redriven')) AS let_through,
        max(event.seq) FILTER (WHERE event.action = 'batch:published') AS published
    FROM audit_event AS event
    WHERE event.subject_type = 'batch' AND event.subject_id = CAST(decided.batch_id AS text)
) AS told
WHERE told.let_through > told.published
ORDER BY decided.batch_id;
