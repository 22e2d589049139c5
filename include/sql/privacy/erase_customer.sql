-- Purpose: forget a customer's name and number. Parameters: customer_keys. Grain: one row. Dialect: PostgreSQL.
UPDATE customer SET name = NULL, tax_id = NULL
WHERE customer.customer_key = any(cast(:customer_keys AS bigint [])) AND coalesce(customer.name, customer.tax_id) IS NOT NULL;
