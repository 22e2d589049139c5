-- Purpose: find a customer by its number of ours or by its id in a source. Parameters: customer_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT customer.customer_key FROM customer WHERE customer.customer_id = :customer_id;
