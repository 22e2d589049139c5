-- Purpose: the last finished run of each stage, whether the last ended one failed, and for how long one is running; the stages are found
-- one by one in the index. BETWEEN keeps to it: by equality, a stage that ran long ago is looked for through all later runs.
-- Parameters: now. Grain: one row per stage that ever ran. Dialect: PostgreSQL.
WITH RECURSIVE stages AS (
    (SELECT stage FROM run
    ORDER BY stage
    LIMIT 1)
    UNION ALL
    SELECT (
        SELECT run.stage FROM run
        WHERE run.stage > stages.stage
        ORDER BY run.stage
        LIMIT 1
    )
    FROM stages
    WHERE stages.stage IS NOT NULL
)

SELECT
    stages.stage,
    coalesce(extract(EPOCH FROM finished.ended_at), 0) AS run_last_finished_timestamp_seconds,
    extract(EPOCH FROM finished.ended_at - finished.started_at) AS run_last_duration_seconds,
    CAST(coalesce(ended.state = 'failed', FALSE) AS integer) AS run_last_failed,
    coalesce(extract(EPOCH FROM :now - running.started_at), 0) AS run_running_seconds
FROM stages
LEFT JOIN LATERAL (
    SELECT run.started_at, run.ended_at FROM run
    WHERE run.stage BETWEEN stages.stage AND stages.stage AND run.state = 'finished'
    ORDER BY run.stage, run.run_id DESC
    LIMIT 1
) AS finished ON TRUE
LEFT JOIN LATERAL (
    SELECT run.state FROM run
    WHERE run.stage BETWEEN stages.stage AND stages.stage AND run.state <> 'running'
    ORDER BY run.stage, run.run_id DESC
    LIMIT 1
) AS ended ON TRUE
LEFT JOIN LATERAL (
    SELECT newest.state, newest.started_at FROM run AS newest
    WHERE newest.stage BETWEEN stages.stage AND stages.stage
    ORDER BY newest.stage, newest.run_id DESC
    LIMIT 1
) AS running ON running.state = 'running'
WHERE stages.stage IS NOT NULL
ORDER BY stages.stage;
