-- Purpose: list the inbox files of a source that became batches. Parameters: source_id. Grain: one row per path. Dialect: PostgreSQL.
SELECT inbox_file.path, inbox_file.size_bytes, inbox_file.modified
FROM inbox_file
INNER JOIN batch ON inbox_file.batch_id = batch.batch_id
WHERE inbox_file.source_id = :source_id AND batch.state <> 'refused';
