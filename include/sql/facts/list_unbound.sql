-- Purpose: list the accounts that a merge had brought, as if their registration number had changed. Parameters: merge_id.
-- Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMP TABLE changed_account ON COMMIT DROP AS
SELECT account.account_key, account.customer_key
FROM account JOIN account_bond AS bond ON bond.account_key = account.account_key
WHERE bond.merge_id = :merge_id AND bond.was_retired;
