-- Purpose: find a customer by its number of ours or by its id in a source; for one that was merged, the customer that lives on.
-- Parameters: customer_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT coalesce(customer.merged_into, customer.customer_key) AS customer_key
FROM customer
WHERE customer.customer_id = :customer_id;
