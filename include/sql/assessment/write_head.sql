-- Purpose: say what the current assessment is.
-- Parameters: as_of, run_id, policy_version, policy_digest, result_digest, customers, model_version, model_digest, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO assessment_head (
    as_of, run_id, policy_version, policy_digest, result_digest, customers, model_version, model_digest, written_at
)
VALUES (
    :as_of, :run_id, :policy_version, :policy_digest, :result_digest, :customers, :model_version, :model_digest, :at
)
ON CONFLICT (only_row) DO UPDATE SET
    as_of = excluded.as_of, run_id = excluded.run_id, policy_version = excluded.policy_version,
    policy_digest = excluded.policy_digest, result_digest = excluded.result_digest, customers = excluded.customers,
    model_version = excluded.model_version, model_digest = excluded.model_digest, written_at = excluded.written_at;
