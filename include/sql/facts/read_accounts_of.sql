-- Purpose: list the accounts of some customers; after see_register. Parameters: customers. Grain: one row per account. Dialect: PostgreSQL.
SELECT account_key FROM known_account
WHERE customer_key = ANY(CAST(:customers AS bigint[]))
ORDER BY account_key;
