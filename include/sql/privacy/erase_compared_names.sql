-- Purpose: forget the names by which a customer's accounts are compared with others. Parameters: customer_keys. Grain: one row per account.
-- Dialect: PostgreSQL.
DELETE FROM identity_account
USING account
WHERE account.account_key = identity_account.account_key AND account.customer_key = any(cast(:customer_keys AS bigint []));
