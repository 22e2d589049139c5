-- Purpose: give incoming accounts the comparable form of their registration number; an invalid or doubted one has none.
-- Parameters: system. Grain: one row per incoming account. Dialect: PostgreSQL.
UPDATE incoming_account SET number_kind = known.number_kind, number_is_valid = known.number_is_valid, tax_key = known.tax_key
FROM (
    SELECT i.account_id,
        CASE WHEN fresh.tax_id IS NULL THEN account.number_kind ELSE fresh.number_kind END AS number_kind,
        CASE WHEN fresh.tax_id IS NULL THEN account.number_is_valid ELSE fresh.number_is_valid END AS number_is_valid,
        CASE WHEN doubt.tax_key IS NULL THEN CASE WHEN fresh.tax_id IS NULL THEN account.tax_key ELSE fresh.tax_key END END AS tax_key
    FROM incoming_account AS i
    LEFT JOIN account ON account.system = :system AND account.account_id = i.account_id
    LEFT JOIN read_number AS fresh
        ON fresh.tax_id = i.tax_id AND fresh.country IS NOT DISTINCT FROM coalesce(i.country, account.country)
    LEFT JOIN number_doubt AS doubt ON doubt.account_key = account.account_key AND doubt.tax_key = fresh.tax_key
    WHERE i.tax_id IS NOT NULL
) AS known
WHERE known.account_id = incoming_account.account_id;
