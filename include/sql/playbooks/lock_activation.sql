-- Purpose: let nobody else end a step of an activation, or the activation, until the transaction ends. Parameters: activation_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT activation_id FROM activation
WHERE activation_id = :activation_id
FOR NO KEY UPDATE;
