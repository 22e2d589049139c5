-- Purpose: find batches of a source that are staged but not yet published. Parameters: source_id. Grain: one row per batch.
-- Dialect: PostgreSQL.
SELECT batch_id, source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, counts, problem,
    after_batch
FROM batch
WHERE source_id = :source_id AND state IN ('landed', 'validated')
ORDER BY as_of, batch_id;
