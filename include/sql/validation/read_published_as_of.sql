-- Purpose: the newest published as-of date of a source, other batches only; one said again unchanged is as new as that day.
-- Parameters: source_id, batch_id. Grain: one row. Dialect: PostgreSQL.
SELECT max(greatest(batch.as_of, (SELECT max(again.as_of) FROM batch_unchanged AS again WHERE again.batch_id = batch.batch_id)))
FROM batch
WHERE batch.source_id = :source_id AND batch.batch_id <> :batch_id AND batch.state = 'published';
