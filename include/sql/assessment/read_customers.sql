-- Purpose: read the current assessment of some customers. Parameters: customer_keys (array). Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT * FROM current_assessment
WHERE customer_key = any(CAST(:customer_keys AS bigint []))
ORDER BY customer_key;
