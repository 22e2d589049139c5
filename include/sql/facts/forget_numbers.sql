-- Purpose: take the comparable number from accounts that do not own it; what their system says stays. Parameters: account_keys
-- (array). Grain: one row per account. Dialect: PostgreSQL.
UPDATE account SET tax_key = NULL WHERE account_key = ANY(:account_keys);
