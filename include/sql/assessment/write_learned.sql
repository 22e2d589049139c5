-- Purpose: keep what the current assessment learned from all customers together. Parameters: learned (JSON). Grain: one row.
-- Dialect: PostgreSQL.
UPDATE assessment_head SET learned = CAST(:learned AS jsonb);
