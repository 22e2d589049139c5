-- Purpose: read one batch. Parameters: batch_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT batch_id, source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, counts, problem,
    after_batch
FROM batch
WHERE batch_id = :batch_id;
