-- Purpose: forget how the systems name a customer and where to reach it. Parameters: customer_keys. Grain: one row per account. Dialect: PostgreSQL.
UPDATE account SET name = NULL, tax_id = NULL, tax_key = NULL, address = NULL, phone = NULL, website = NULL
WHERE account.customer_key = any(cast(:customer_keys AS bigint []))
    AND coalesce(account.name, account.tax_id, account.tax_key, account.address, account.phone, account.website) IS NOT NULL;
