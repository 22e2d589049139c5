-- Purpose: how each system knows a customer. Parameters: customer_key. Grain: one row per account. Dialect: PostgreSQL.
SELECT *
FROM account
WHERE account.customer_key = :customer_key
ORDER BY account.system, account.account_id;
