-- Purpose: the customers listed in touched_customer whose Chinese name is not spelled. Parameters: none. Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT DISTINCT customer.customer_key, customer.name
FROM touched_customer AS touched JOIN customer ON touched.customer_key = customer.customer_key
WHERE customer.name ~ '[㐀-鿿]'
    AND NOT EXISTS (SELECT 1 FROM customer_spelling AS known WHERE known.customer_key = customer.customer_key)
ORDER BY customer.customer_key;
