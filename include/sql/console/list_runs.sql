-- Purpose: what ran. Parameters: stage, state, triggered_by (each may be null), sort (a column); those of page.sql.
-- Grain: one row per run. Dialect: PostgreSQL.
SELECT
    run.run_id, run.stage, run.as_of, run.state, run.started_at, run.ended_at,
    extract(EPOCH FROM run.ended_at - run.started_at) AS seconds, run.triggered_by, run.problem,
    CASE
        WHEN :sort = 'as_of' THEN run.as_of - date '2000-01-01'
        WHEN :sort = 'started_at' THEN extract(EPOCH FROM run.started_at)
        WHEN :sort = 'seconds' THEN extract(EPOCH FROM run.ended_at - run.started_at)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'stage' THEN run.stage
        WHEN :sort = 'state' THEN run.state
        WHEN :sort = 'triggered_by' THEN run.triggered_by
        ELSE ''
    END AS sort_text,
    run.run_id AS sort_key
FROM run
WHERE
    (CAST(:stage AS text) IS NULL OR run.stage = :stage)
    AND (CAST(:state AS text) IS NULL OR run.state = :state)
    AND (CAST(:triggered_by AS text) IS NULL OR run.triggered_by = :triggered_by);
