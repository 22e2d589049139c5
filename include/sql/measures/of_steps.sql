-- Purpose: measures of steps of playbooks in some states, locked. Parameters: step_keys (array), states (array).
-- Grain: one row per measure. Dialect: PostgreSQL.
SELECT measure_id, step_key, customer_key, kind, effect, state, version FROM measure
WHERE step_key = ANY(CAST(:step_keys AS bigint [])) AND state = ANY(CAST(:states AS text []))
ORDER BY measure_id
FOR UPDATE;
