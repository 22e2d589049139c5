-- Purpose: remember which batch an inbox file became, so that it is not read again until it changes.
-- Parameters: source_id, path, size_bytes, modified, batch_id. Grain: one row. Dialect: PostgreSQL.
INSERT INTO inbox_file (source_id, path, size_bytes, modified, batch_id)
VALUES (:source_id, :path, :size_bytes, :modified, :batch_id)
ON CONFLICT (source_id, path) DO UPDATE
SET size_bytes = excluded.size_bytes, modified = excluded.modified, batch_id = excluded.batch_id;
