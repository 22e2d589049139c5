-- Purpose: the steps of an activation, ended ones included. Parameters: activation_id. Grain: one row per step. Dialect: PostgreSQL.
SELECT step_key FROM step
WHERE activation_id = :activation_id
ORDER BY step_key;
