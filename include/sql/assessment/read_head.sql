-- Purpose: read what the current assessment is. Parameters: none. Grain: at most one row. Dialect: PostgreSQL.
SELECT as_of, run_id, policy_version, policy_digest, result_digest, customers, model_version, model_digest FROM assessment_head;
