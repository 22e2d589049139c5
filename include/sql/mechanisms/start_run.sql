-- Purpose: record that a stage started. Parameters: stage, business_key, as_of, pins, code_version, triggered_by, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO run (stage, business_key, as_of, state, pins, code_version, triggered_by, started_at)
VALUES (:stage, :business_key, :as_of, 'running', CAST(:pins AS jsonb), :code_version, :triggered_by, :at)
RETURNING run_id;
