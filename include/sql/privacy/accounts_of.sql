-- Purpose: the accounts of customers in all systems. Parameters: customer_keys. Grain: one row per account. Dialect: PostgreSQL.
SELECT account_key, account_id FROM account
WHERE customer_key = any(cast(:customer_keys AS bigint []))
ORDER BY account_key;
