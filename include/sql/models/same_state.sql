-- Purpose: the model of a purpose that has a state now, kept from changing until this transaction ends. Parameters: purpose, state.
-- Grain: one row, none without one. Dialect: PostgreSQL.
SELECT model_id FROM model
WHERE purpose = :purpose AND state = :state FOR UPDATE;
