-- Purpose: whether a source already has a batch of this many bytes, so that an extract may be one we know.
-- Parameters: source_id, size_bytes. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (SELECT 1 FROM batch WHERE source_id = :source_id AND size_bytes = :size_bytes);
