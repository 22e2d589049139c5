-- Purpose: bring accounts with the same registration number together under the oldest of their customers.
-- Parameters: none. Grain: one row per account that moves. Dialect: PostgreSQL.
WITH together AS (
    SELECT tax_key, min(customer_key) AS customer_key FROM account
    WHERE tax_key IN (
        SELECT account.tax_key FROM account JOIN changed_account ON changed_account.account_key = account.account_key
    )
    GROUP BY tax_key HAVING count(DISTINCT customer_key) > 1
)
UPDATE account SET customer_key = together.customer_key
FROM together WHERE account.tax_key = together.tax_key AND account.customer_key <> together.customer_key;
