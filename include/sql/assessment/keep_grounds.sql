-- Purpose: keep what an assessment rested on; what led to the same result of the same run is kept once.
-- Parameters: as_of, run_id, result_digest, sha256, body. Grain: one row per stored assessment. Dialect: PostgreSQL.
INSERT INTO grounds (as_of, run_id, result_digest, sha256, body) VALUES (:as_of, :run_id, :result_digest, :sha256, :body)
ON CONFLICT (as_of, run_id, result_digest) DO NOTHING;
