-- Purpose: which of some customers are assessed. Parameters: customer_keys (array). Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT a.customer_key
FROM current_assessment AS a
INNER JOIN customer AS c ON a.customer_key = c.customer_key AND c.merged_into IS NULL
WHERE a.customer_key = ANY(CAST(:customer_keys AS bigint []))
ORDER BY a.customer_key;
