-- Purpose: how many customers are assessed now, and their exposure. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS customers, coalesce(sum(exposure), 0) AS exposure FROM current_assessment;
