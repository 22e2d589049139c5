-- Purpose: let a person carry out the measures of steps. Parameters: step_keys (array), implementer. Grain: one row per measure.
-- Dialect: PostgreSQL.
UPDATE measure SET implementer = :implementer
WHERE step_key = ANY(CAST(:step_keys AS bigint [])) AND state IN ('proposed', 'approved');
