-- Purpose: when the newest published batch of a source was received. Parameters: source_id. Grain: one row. Dialect: PostgreSQL.
SELECT max(received_at) FROM batch
WHERE source_id = :source_id AND state = 'published';
