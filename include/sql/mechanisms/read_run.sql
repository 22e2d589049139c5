-- Purpose: read a run as it was recorded last. Parameters: run_id. Grain: one row. Dialect: PostgreSQL.
SELECT stage, state, as_of, triggered_by, pins, counts FROM run
WHERE run_id = :run_id;
