-- Purpose: the batch that holds what a source said last, none before its first. Parameters: source_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT batch_id, source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, counts, problem,
    after_batch
FROM batch
WHERE source_id = :source_id AND state IN ('landed', 'validated', 'held', 'published')
ORDER BY as_of DESC, batch_id DESC
LIMIT 1;
