-- Purpose: the ids of customers by their numbers in the log. Parameters: keys (array). Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key, customer_id FROM customer WHERE customer_key = ANY(CAST(:keys AS bigint []));
