-- Purpose: how each system knew a customer, as far as was known; after see_register. Parameters: customer_key.
-- Grain: one row per account. Dialect: PostgreSQL.
SELECT *
FROM known_account
WHERE known_account.customer_key = :customer_key
ORDER BY known_account.system, known_account.account_id;
