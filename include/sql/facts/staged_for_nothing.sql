-- Purpose: batches whose staged rows nobody needs any more: facts before a moment, nothing of them held, in quarantine or yet to be published.
-- Parameters: before. Grain: one row per batch. Dialect: PostgreSQL.
SELECT batch.batch_id
FROM batch
WHERE
    batch.state = 'published'
    AND NOT EXISTS (SELECT 1 FROM fact_batch WHERE fact_batch.batch_id = batch.batch_id AND fact_batch.published_at >= :before)
    AND NOT EXISTS (
        SELECT 1 FROM quarantine_row
        WHERE quarantine_row.batch_id = batch.batch_id AND (quarantine_row.state = 'quarantined' OR quarantine_row.changed_at >= :before)
    )
ORDER BY batch.batch_id;
