-- Purpose: who a customer was, as far as was known; after see_register. Parameters: customer_key.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT *
FROM known_customer
WHERE known_customer.customer_key = :customer_key;
