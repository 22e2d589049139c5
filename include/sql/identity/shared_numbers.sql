-- Purpose: list accounts that share a registration number without check digit, where one of them is new or changed. Parameters:
-- account_keys (array). Grain: one row per account. Dialect: PostgreSQL.
SELECT account.tax_key, account.account_key, account.name
FROM account
WHERE account.number_is_valid IS NOT TRUE
    AND account.tax_key IN (SELECT tax_key FROM account WHERE account_key = ANY(:account_keys) AND tax_key IS NOT NULL)
    AND NOT EXISTS (
        SELECT 1 FROM account_bond AS bond JOIN customer_merge AS act ON act.merge_id = bond.merge_id
        WHERE bond.account_key = account.account_key AND act.undone_at IS NULL
    )
ORDER BY account.tax_key, account.account_key;
