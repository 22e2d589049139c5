-- Purpose: remember that accounts do not own the registration number they carry, and let it join them to nobody.
-- Parameters: account_keys (array), doubted_by, reason, at. Grain: one row per account with a comparable number.
-- Dialect: PostgreSQL.
INSERT INTO number_doubt (account_key, tax_key, doubted_by, reason, doubted_at)
SELECT account_key, tax_key, :doubted_by, :reason, :at FROM account WHERE account_key = ANY(:account_keys) AND tax_key IS NOT NULL
ON CONFLICT (account_key, tax_key) DO NOTHING
RETURNING account_key, tax_key;
