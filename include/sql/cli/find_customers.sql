-- Purpose: find customers by number, registration number, key or the account number of any system.
-- Parameters: wanted. Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT
    customer.customer_key,
    customer.customer_id,
    customer.name
FROM customer
LEFT JOIN account ON account.customer_key = customer.customer_key
WHERE
    customer.customer_id = :wanted
    OR customer.tax_id = :wanted
    OR account.account_id = :wanted
    OR CAST(customer.customer_key AS text) = :wanted
ORDER BY customer.customer_key
LIMIT 20;
