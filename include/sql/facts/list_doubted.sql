-- Purpose: list accounts whose registration number is doubted, as if it had changed. Parameters: account_keys (array).
-- Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMP TABLE changed_account ON COMMIT DROP AS
SELECT account_key, customer_key FROM account WHERE account_key = ANY(:account_keys ::bigint []);
