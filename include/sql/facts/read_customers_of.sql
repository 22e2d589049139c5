-- Purpose: the present customers of some accounts. Parameters: accounts. Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT customer_key FROM account
WHERE account_key = ANY(CAST(:accounts AS bigint[]))
ORDER BY customer_key;
