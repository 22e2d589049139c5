-- Purpose: hold the new assessments of some customers for the rest of the transaction. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE assessed_row (LIKE current_assessment INCLUDING DEFAULTS) ON COMMIT DROP;
