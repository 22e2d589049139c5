-- Purpose: list every account of the customers that gained or lost an account after its key was given; after see_register.
-- Parameters: none. Grain: one row per account. Dialect: PostgreSQL.
WITH moved AS (SELECT account_key, customer_key FROM known_account WHERE customer_key <> account_key / 256)

SELECT account_key, customer_key FROM known_account
WHERE customer_key IN (SELECT customer_key FROM moved UNION SELECT account_key / 256 FROM moved)
ORDER BY account_key;
