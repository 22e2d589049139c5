-- Purpose: read where every customer stood before the date of the current assessment. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key, prior_standing, prior_confirmed FROM current_assessment;
