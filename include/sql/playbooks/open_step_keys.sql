-- Purpose: the steps of an activation that are not ended.
-- Parameters: activation_id. Grain: one row per step. Dialect: PostgreSQL.
SELECT step_key FROM step
WHERE activation_id = :activation_id AND state NOT IN ('done', 'not_doing')
ORDER BY step_key;
