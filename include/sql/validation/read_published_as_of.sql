-- Purpose: the newest published as-of date of a source, other batches only. Parameters: source_id, batch_id.
-- Grain: one row. Dialect: PostgreSQL.
SELECT max(as_of) FROM batch
WHERE source_id = :source_id AND batch_id <> :batch_id AND state = 'published';
