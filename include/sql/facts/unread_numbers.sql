-- Purpose: list the registration numbers of a batch that are not the ones its accounts carried before. Parameters: system.
-- Grain: one row per number and country. Dialect: PostgreSQL.
SELECT DISTINCT i.tax_id, coalesce(i.country, account.country) AS country
FROM incoming_account AS i LEFT JOIN account ON account.system = :system AND account.account_id = i.account_id
WHERE i.tax_id IS NOT NULL
    AND (account.number_kind IS NULL OR account.tax_id IS DISTINCT FROM i.tax_id
        OR account.country IS DISTINCT FROM coalesce(i.country, account.country));
