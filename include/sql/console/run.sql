-- Purpose: one run with the versions it pinned and what came out. Parameters: run_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    run.run_id, run.stage, run.business_key, run.as_of, run.state, run.pins, run.counts, run.problem, run.code_version,
    run.triggered_by, run.started_at, run.ended_at
FROM run
WHERE run.run_id = :run_id;
