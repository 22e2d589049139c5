-- Purpose: a customer and those that were merged into it. Parameters: customer_key. Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer.customer_key
FROM customer
WHERE customer.customer_key = :customer_key OR customer.merged_into = :customer_key
ORDER BY customer.customer_key;
