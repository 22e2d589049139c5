-- Purpose: say what the current assessment is.
-- Parameters: as_of, run_id, policy_version, policy_digest, result_digest, customers, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO assessment_head (as_of, run_id, policy_version, policy_digest, result_digest, customers, written_at)
VALUES (:as_of, :run_id, :policy_version, :policy_digest, :result_digest, :customers, :at)
ON CONFLICT (only_row) DO UPDATE SET
    as_of = excluded.as_of, run_id = excluded.run_id, policy_version = excluded.policy_version,
    policy_digest = excluded.policy_digest, result_digest = excluded.result_digest, customers = excluded.customers,
    written_at = excluded.written_at;
