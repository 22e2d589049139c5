-- Purpose: find customers that share a registration number since accounts changed theirs. Parameters: none.
-- Grain: one row per pair of the oldest customer of a number with another. Dialect: PostgreSQL.
WITH together AS (
    SELECT tax_key, min(customer_key) AS oldest FROM account
    WHERE tax_key IN (
        SELECT account.tax_key FROM account JOIN changed_account ON changed_account.account_key = account.account_key
    )
    GROUP BY tax_key HAVING count(DISTINCT customer_key) > 1
)
SELECT DISTINCT together.oldest, account.customer_key AS other
FROM together JOIN account ON account.tax_key = together.tax_key AND account.customer_key <> together.oldest
ORDER BY together.oldest, account.customer_key;
