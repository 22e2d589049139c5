-- Purpose: the customer of a number as messages and people name it; one that was taken over leads to the one that lives on.
-- Parameters: wanted, number (the same as a number, null
-- when it is none; the key wins). Grain: at most one row. Dialect: PostgreSQL.
SELECT coalesce(customer.merged_into, customer.customer_key) AS customer_key
FROM customer
WHERE customer.customer_id = :wanted OR customer.customer_key = CAST(:number AS bigint)
ORDER BY customer.customer_key = CAST(:number AS bigint) DESC NULLS LAST
LIMIT 1;
