-- Purpose: sources whose newest delivery was held or refused, with the sentence that says why. Parameters: none.
-- Grain: one row per source. Dialect: PostgreSQL.
SELECT
    newest.source_id,
    newest.batch_id,
    newest.file_name,
    newest.state,
    newest.problem
FROM (
    SELECT DISTINCT ON (batch.source_id)
        batch.source_id,
        batch.batch_id,
        batch.file_name,
        batch.state,
        batch.problem
    FROM batch
    WHERE batch.state <> 'duplicate'
    ORDER BY batch.source_id ASC, batch.batch_id DESC
) AS newest
WHERE newest.state IN ('held', 'refused')
ORDER BY newest.source_id;
