-- Purpose: record how a stage ended. Parameters: run_id, state, problem, counts, pins, at. Grain: one row. Dialect: PostgreSQL.
UPDATE run
SET state = :state, problem = :problem, counts = CAST(:counts AS jsonb), pins = CAST(:pins AS jsonb), ended_at = :at
WHERE run_id = :run_id;
