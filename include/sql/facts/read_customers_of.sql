-- Purpose: the present customers of some accounts, and those that accounts left when batches were published. Parameters: accounts, batches.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key FROM account
WHERE account_key = ANY(CAST(:accounts AS bigint[]))
UNION
SELECT history.customer_key
FROM account_history AS history INNER JOIN register_version AS version ON history.until_version = version.version
WHERE version.batch_id = ANY(CAST(:batches AS bigint[]))
ORDER BY customer_key;
