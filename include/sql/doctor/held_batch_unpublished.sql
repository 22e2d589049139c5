-- Purpose: held or refused batches with published rows (I9).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(batch.batch_id AS text) AS subject, count(*) OVER () AS broken
FROM batch
WHERE
    batch.state IN ('held', 'refused')
    AND EXISTS (SELECT 1 FROM fact_batch WHERE fact_batch.batch_id = batch.batch_id)
ORDER BY batch.batch_id
LIMIT :how_many;
