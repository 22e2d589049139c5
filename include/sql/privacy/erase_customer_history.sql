-- Purpose: forget what a customer was named before. Parameters: customer_keys. Grain: one row per former state. Dialect: PostgreSQL.
UPDATE customer_history SET name = NULL, tax_id = NULL
WHERE customer_history.customer_key = any(cast(:customer_keys AS bigint [])) AND coalesce(customer_history.name, customer_history.tax_id) IS NOT NULL;
