-- Purpose: read the current assessment of one customer. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT * FROM current_assessment
WHERE customer_key = :customer_key;
