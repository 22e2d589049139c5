-- Purpose: forget what a customer's accounts were named before. Parameters: customer_keys. Grain: one row per former state. Dialect: PostgreSQL.
UPDATE account_history SET name = NULL, tax_id = NULL
WHERE account_history.customer_key = any(cast(:customer_keys AS bigint [])) AND coalesce(account_history.name, account_history.tax_id) IS NOT NULL;
