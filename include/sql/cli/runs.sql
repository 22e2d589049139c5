-- Purpose: run history, newest first; one run when run_id is given. Parameters: run_id (may be null), how_many.
-- Grain: one row per run. Dialect: PostgreSQL.
SELECT
    run.run_id,
    run.stage,
    run.as_of,
    run.state,
    run.started_at,
    run.ended_at,
    run.triggered_by,
    run.code_version,
    run.counts,
    run.pins,
    run.problem
FROM run
WHERE run.run_id = coalesce(CAST(:run_id AS bigint), run.run_id)
ORDER BY run.run_id DESC
LIMIT :how_many;
