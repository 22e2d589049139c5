-- Purpose: read the champion of a purpose and the model in its shadow. Parameters: purpose.
-- Grain: one row per state, none without such a model. Dialect: PostgreSQL.
SELECT state, content FROM model
WHERE purpose = :purpose AND state IN ('champion', 'shadow');
