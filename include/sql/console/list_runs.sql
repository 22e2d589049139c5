-- Purpose: what ran, newest first, page by page. Parameters: stage, state, triggered_by (each may be null), before_id (null at first),
-- how_many. Grain: one row per run. Dialect: PostgreSQL.
SELECT
    run.run_id, run.stage, run.as_of, run.state, run.started_at, run.ended_at,
    extract(EPOCH FROM run.ended_at - run.started_at) AS seconds, run.triggered_by, run.problem
FROM run
WHERE
    (CAST(:stage AS text) IS NULL OR run.stage = :stage)
    AND (CAST(:state AS text) IS NULL OR run.state = :state)
    AND (CAST(:triggered_by AS text) IS NULL OR run.triggered_by = :triggered_by)
    AND (CAST(:before_id AS bigint) IS NULL OR run.run_id < :before_id)
ORDER BY run.run_id DESC
LIMIT :how_many;
