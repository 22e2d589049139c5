-- Purpose: read the parts of all accounts and their customers. Parameters: none. Grain: one row per account. Dialect: PostgreSQL.
SELECT known.account_key, account.customer_key, known.sorted_words, known.parts,
    account.tax_id IS NOT NULL AND account.tax_key IS NULL AS has_number
FROM identity_account AS known JOIN account ON account.account_key = known.account_key
ORDER BY known.account_key;
