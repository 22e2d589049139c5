-- Purpose: derive the comparable registration number of incoming accounts: letters and digits only, full-width forms folded;
-- shorter than six characters or one character repeated is a placeholder, not a number. Parameters: none.
-- Grain: one row per incoming account. Dialect: PostgreSQL.
UPDATE incoming_account SET tax_key = plain.tax_key
FROM (
    SELECT account_id, upper(regexp_replace(normalize(tax_id, NFKC), '[^0-9A-Za-z]+', '', 'g')) AS tax_key
    FROM incoming_account WHERE tax_id IS NOT NULL
) AS plain
WHERE plain.account_id = incoming_account.account_id AND length(plain.tax_key) >= 6 AND plain.tax_key !~ '^(.)\1*$';
