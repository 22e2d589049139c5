-- Purpose: batches. Parameters: source_id (null: of every feed), sort (a column); those of page.sql. Grain: one row per batch.
-- Dialect: PostgreSQL.
SELECT
    batch.batch_id, batch.source_id, batch.as_of, batch.state, batch.file_name, batch.received_at, batch.size_bytes, batch.problem,
    CASE
        WHEN :sort = 'as_of' THEN batch.as_of - date '2000-01-01'
        WHEN :sort = 'received_at' THEN extract(EPOCH FROM batch.received_at)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'source_id' THEN batch.source_id
        WHEN :sort = 'state' THEN batch.state
        WHEN :sort = 'file_name' THEN batch.file_name
        ELSE ''
    END AS sort_text,
    batch.batch_id AS sort_key
FROM batch
WHERE CAST(:source_id AS text) IS NULL OR batch.source_id = :source_id;
