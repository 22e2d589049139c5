-- Purpose: read the parts of all accounts, their customers, and which number joins each to others: its kind, and the number as a hash.
-- Parameters: none. Grain: one row per account. Dialect: PostgreSQL.
SELECT known.account_key, account.customer_key, known.sorted_words, known.letters, known.parts,
    account.tax_id IS NOT NULL AND account.tax_key IS NULL AS has_number,
    CASE WHEN account.tax_key IS NOT NULL THEN account.number_kind END AS joining_kind,
    coalesce(hashtextextended(account.tax_key, 0), 0) AS joining_number
FROM identity_account AS known JOIN account ON account.account_key = known.account_key
ORDER BY known.account_key;
