-- Purpose: forget the registration numbers of a customer's accounts that people doubted. Parameters: customer_keys. Grain: one row per doubt.
-- Dialect: PostgreSQL.
DELETE FROM number_doubt
USING account
WHERE account.account_key = number_doubt.account_key AND account.customer_key = any(cast(:customer_keys AS bigint []));
