-- Purpose: find the batch of these bytes, the last where a source went back to them. Parameters: source_id, sha256.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT batch_id, source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, counts, problem,
    after_batch
FROM batch
WHERE source_id = :source_id AND sha256 = :sha256
ORDER BY after_batch DESC
LIMIT 1;
