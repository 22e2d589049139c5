-- Purpose: forget how a customer's name is spelled. Parameters: customer_keys. Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM customer_spelling
WHERE customer_spelling.customer_key = any(cast(:customer_keys AS bigint []));
