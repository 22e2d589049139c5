-- Purpose: remember which known accounts now carry another registration number, and their customers, before it is written.
-- Parameters: system, as_of, known_at. Grain: one row per account. Dialect: PostgreSQL.
CREATE TEMP TABLE changed_account ON COMMIT DROP AS
SELECT account.account_key, account.customer_key
FROM account JOIN incoming_account AS i ON i.account_id = account.account_id
WHERE account.system = :system AND i.is_described AND i.tax_key IS NOT NULL AND i.tax_key IS DISTINCT FROM account.tax_key
    AND (account.tax_key IS NULL
        OR coalesce(account.aged ->> 'tax_key',
            to_char(account.as_of, 'YYYY-MM-DD ') || to_char(account.attributes_known_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '')
            <= to_char((:as_of ::date), 'YYYY-MM-DD ')
            || to_char((:known_at ::timestamptz) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'));
