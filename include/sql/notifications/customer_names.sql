-- Purpose: names of customers, for a channel that may carry them. Parameters: ids (array). Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_id, name FROM customer
WHERE customer_id = ANY(CAST(:ids AS text [])) AND name IS NOT NULL;
