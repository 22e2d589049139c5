-- Purpose: tell for customer keys which customer lives on under them. Parameters: customer_keys (array).
-- Grain: one row per known key. Dialect: PostgreSQL.
SELECT wanted.customer_key, coalesce(customer.merged_into, wanted.customer_key) AS living
FROM (SELECT DISTINCT unnest(:customer_keys ::bigint []) AS customer_key) AS wanted
LEFT JOIN customer ON customer.customer_key = wanted.customer_key
WHERE customer.customer_key IS NOT NULL OR EXISTS (SELECT 1 FROM account WHERE account.customer_key = wanted.customer_key);
