-- Purpose: all customers with a Chinese name. Parameters: none. Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer.customer_key, customer.name
FROM customer
WHERE customer.name ~ '[㐀-鿿]'
ORDER BY customer.customer_key;
