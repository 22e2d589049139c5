-- Purpose: the steps of an activation in their order. Parameters: activation_id, now. Grain: one row per step. Dialect: PostgreSQL.
SELECT step.*, step.due_at < :now AND step.state NOT IN ('done', 'not_doing') AS is_late
FROM step
WHERE step.activation_id = :activation_id
ORDER BY step.position;
