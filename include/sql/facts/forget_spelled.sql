-- Purpose: forget the spelling of the customers listed in touched_customer whose name is another one now. Parameters: none.
-- Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM customer_spelling
USING touched_customer AS touched JOIN customer ON touched.customer_key = customer.customer_key
WHERE customer_spelling.customer_key = customer.customer_key AND customer_spelling.name IS DISTINCT FROM customer.name;
