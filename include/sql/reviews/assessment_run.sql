-- Purpose: which assessment the current classes come from, with the versions its run pinned.
-- Parameters: none. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    assessment_head.run_id,
    assessment_head.as_of,
    assessment_head.policy_version,
    assessment_head.policy_digest,
    assessment_head.result_digest,
    run.pins
FROM assessment_head
LEFT JOIN run ON assessment_head.run_id = run.run_id;
