-- Purpose: find customers by number, registration number, key or the account number of any system; one that was taken over
-- leads to the one that lives on. Parameters: wanted. Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT
    living.customer_key,
    living.customer_id,
    living.name
FROM customer
INNER JOIN customer AS living ON living.customer_key = coalesce(customer.merged_into, customer.customer_key)
LEFT JOIN account ON account.customer_key = customer.customer_key
WHERE
    customer.customer_id = :wanted
    OR customer.tax_id = :wanted
    OR account.account_id = :wanted
    OR CAST(customer.customer_key AS text) = :wanted
ORDER BY living.customer_key
LIMIT 20;
