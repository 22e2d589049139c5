-- Purpose: record a batch, or let a refused one be landed again after the mapping was corrected; any other state is left alone.
-- Parameters: source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state, counts, problem,
-- after_batch (the batch a source went back after, 0 where the bytes are new).
-- Grain: one row, none when the batch is already past landing. Dialect: PostgreSQL.
INSERT INTO batch AS known (source_id, system, stage, sha256, file_name, size_bytes, mapping_digest, as_of, received_at, state,
    counts, problem, after_batch)
VALUES (:source_id, :system, :stage, :sha256, :file_name, :size_bytes, :mapping_digest, :as_of, :received_at, :state,
    CAST(:counts AS jsonb), :problem, :after_batch)
ON CONFLICT (source_id, sha256, after_batch) DO UPDATE
SET state = excluded.state, counts = excluded.counts, problem = excluded.problem, as_of = excluded.as_of,
    mapping_digest = excluded.mapping_digest, file_name = excluded.file_name, received_at = excluded.received_at
WHERE known.state = 'refused'
RETURNING batch_id;
