-- Purpose: give accounts whose registration number changed a customer of their own when they shared one. Accounts that stayed
-- keep theirs; accounts that people put together (bonds) stay together. Parameters: none.
-- Grain: one row per account that leaves. Dialect: PostgreSQL.
WITH member AS (
    SELECT account.account_key, account.customer_key, coalesce('t:' || account.tax_key, 'a:' || account.account_key) AS entity,
        changed_account.account_key IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM account_bond AS bond
            JOIN customer_merge AS act ON act.merge_id = bond.merge_id AND act.undone_at IS NULL
            WHERE bond.account_key = account.account_key
        ) AS is_loose
    FROM account LEFT JOIN changed_account ON changed_account.account_key = account.account_key
    WHERE account.customer_key IN (SELECT customer_key FROM changed_account)
),
grouped AS (
    SELECT customer_key, entity, bool_and(is_loose) AS is_loose,
        bool_and(bool_and(is_loose)) OVER (PARTITION BY customer_key) AS are_all_loose,
        row_number() OVER (PARTITION BY customer_key ORDER BY min(account_key)) AS place
    FROM member GROUP BY customer_key, entity
),
leaving AS (
    SELECT customer_key, entity, nextval('customer_key_seq') AS fresh_key
    FROM (SELECT * FROM grouped WHERE is_loose AND NOT (are_all_loose AND place = 1) ORDER BY customer_key, place) AS ordered
)
UPDATE account SET customer_key = leaving.fresh_key
FROM member JOIN leaving ON leaving.customer_key = member.customer_key AND leaving.entity = member.entity
WHERE account.account_key = member.account_key;
