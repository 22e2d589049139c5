-- Purpose: give accounts whose registration number changed a customer of their own when they shared one.
-- Parameters: none. Grain: one row per changed account. Dialect: PostgreSQL.
WITH apart AS (
    SELECT account.account_key, account.tax_key
    FROM account JOIN changed_account ON changed_account.account_key = account.account_key
    WHERE EXISTS (
        SELECT 1 FROM account AS other
        WHERE other.customer_key = account.customer_key AND other.tax_key IS DISTINCT FROM account.tax_key
    )
),
fresh AS (
    SELECT tax_key, nextval('customer_key_seq') AS customer_key FROM (SELECT DISTINCT tax_key FROM apart ORDER BY tax_key) AS t
)
UPDATE account SET customer_key = fresh.customer_key
FROM apart JOIN fresh ON fresh.tax_key = apart.tax_key
WHERE account.account_key = apart.account_key;
