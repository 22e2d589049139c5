-- Purpose: list accounts that are not what they were when they were compared last, and how they are now. Parameters: none.
-- The mark in front changes with what is kept of a name, so that every account is compared anew. Grain: one row per account. Dialect: PostgreSQL.
SELECT now.account_key, now.name, now.tax_id, now.tax_key, now.number_kind, now.country, now.phone, now.website, now.address,
    now.compared_as
FROM (
    SELECT account.*, md5(concat_ws(
        chr(31), 'letters', account.customer_key, coalesce(account.name, '-'), coalesce(account.tax_id, '-'), coalesce(account.tax_key, '-'),
        coalesce(account.country, '-'), coalesce(account.phone, '-'), coalesce(account.website, '-'), coalesce(account.address, '-')
    )) AS compared_as
    FROM account
) AS now
LEFT JOIN identity_account AS known ON known.account_key = now.account_key
WHERE known.compared_as IS DISTINCT FROM now.compared_as
ORDER BY now.account_key;
