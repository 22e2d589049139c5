-- Purpose: put down what a run under way pinned and counted by now. Parameters: run_id, pins, counts. Grain: one row. Dialect: PostgreSQL.
UPDATE run
SET counts = CAST(:counts AS jsonb), pins = CAST(:pins AS jsonb)
WHERE run_id = :run_id AND state = 'running';
