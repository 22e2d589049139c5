-- Purpose: read what the current assessment learned from all customers together. Parameters: none. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT learned FROM assessment_head;
