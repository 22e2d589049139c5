-- Purpose: read where every customer stands after the current assessment. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key, standing, confirmed FROM current_assessment;
