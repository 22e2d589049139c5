-- Purpose: list every account of the customers that gained or lost an account after its key was given.
-- Parameters: none. Grain: one row per account. Dialect: PostgreSQL.
SELECT account_key, customer_key FROM account
WHERE customer_key IN (SELECT customer_key FROM account_merge UNION SELECT account_key / 256 FROM account_merge)
ORDER BY account_key;
