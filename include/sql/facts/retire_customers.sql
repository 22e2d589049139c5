-- Purpose: mark customers that lost all their accounts with the customer who has them now. Parameters: none.
-- Grain: one row per retired customer. Dialect: PostgreSQL.
UPDATE customer SET merged_into = moved.customer_key
FROM (
    SELECT account_key / 256 AS old_key, min(customer_key) AS customer_key FROM account_merge GROUP BY account_key / 256
) AS moved
WHERE customer.customer_key = moved.old_key AND customer.merged_into IS DISTINCT FROM moved.customer_key
    AND NOT EXISTS (SELECT 1 FROM account WHERE account.customer_key = customer.customer_key);
