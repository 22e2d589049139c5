-- Purpose: end the runs of stages whose process died; only whoever holds the stages' lock may say so.
-- Parameters: stages, at. Grain: one row per run. Dialect: PostgreSQL.
UPDATE run
SET state = 'failed', problem = 'the process ended without finishing', ended_at = :at
WHERE stage = ANY(:stages) AND state = 'running';
