-- Purpose: what all customers owe together. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(sum(exposure), 0) AS receivables FROM current_assessment;
