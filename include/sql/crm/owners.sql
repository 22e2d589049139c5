-- Purpose: what customers are called and who owns them. Parameters: customer_keys (bigint[]). Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT customer_key, customer_id, owner_user
FROM customer
WHERE customer_key = any(CAST(:customer_keys AS bigint []));
