-- Purpose: the model of a purpose that has a state now. Parameters: purpose, state. Grain: one row, none without one. Dialect: PostgreSQL.
SELECT model_id FROM model WHERE purpose = :purpose AND state = :state;
