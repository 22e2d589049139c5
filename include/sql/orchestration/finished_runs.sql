-- Purpose: stages that ended after a given run, for showing how far the loop is.
-- Parameters: after (run_id). Grain: one row per ended run. Dialect: PostgreSQL.
SELECT run_id, stage, as_of, state, counts, problem
FROM run
WHERE run_id > :after AND state <> 'running'
ORDER BY run_id;
