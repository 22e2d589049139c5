-- Purpose: the systems of accounts. Parameters: account_keys (array). Grain: one row per account. Dialect: PostgreSQL.
SELECT account_key, system FROM account WHERE account_key = ANY(:account_keys);
