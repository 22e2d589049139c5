-- Purpose: find customers by number, registration number, key or the account number of any system, as far as was known; after
-- see_register. Parameters: wanted. Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT
    living.customer_key,
    living.customer_id,
    living.name
FROM known_customer AS found
INNER JOIN known_customer AS living ON living.customer_key = coalesce(found.merged_into, found.customer_key)
LEFT JOIN known_account ON known_account.customer_key = found.customer_key
WHERE
    found.customer_id = :wanted
    OR found.tax_id = :wanted
    OR known_account.account_id = :wanted
    OR CAST(found.customer_key AS text) = :wanted
ORDER BY living.customer_key
LIMIT 20;
