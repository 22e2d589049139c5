-- Purpose: which activation a step belongs to, by the key that messages name. Parameters: step_key. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT step.activation_id, step.step_id, activation.customer_key
FROM step
INNER JOIN activation ON step.activation_id = activation.activation_id
WHERE step.step_key = :step_key;
