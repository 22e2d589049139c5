-- Purpose: runs with what they pinned and counted. Parameters: run (array). Grain: one row per run. Dialect: PostgreSQL.
SELECT
    'run' AS subject_type, CAST(run_id AS text) AS subject_id, run_id, stage, as_of, state, started_at, ended_at, triggered_by, code_version, pins,
    counts, problem
FROM run
WHERE run_id = ANY(CAST(:run AS bigint []))
ORDER BY run_id;
