-- Purpose: give every new account a key and a customer: that of its registration number, else a customer of its own.
-- Parameters: system, as_of, known_at, batch_id, version. Grain: one row per new account. Dialect: PostgreSQL.
-- The key lies in its customer's block of 256; a 257th account gets a block of its own.
WITH fresh_account AS (
    SELECT i.*, coalesce('t:' || i.tax_key, 'a:' || i.account_id) AS entity
    FROM incoming_account AS i
    WHERE NOT EXISTS (SELECT 1 FROM account WHERE account.system = :system AND account.account_id = i.account_id)
),
known_customer AS (
    SELECT 't:' || account.tax_key AS entity, min(account.customer_key) AS customer_key
    FROM account WHERE account.tax_key IN (SELECT tax_key FROM fresh_account WHERE tax_key IS NOT NULL)
    GROUP BY account.tax_key
),
fresh_customer AS (
    SELECT ordered.entity, nextval('customer_key_seq') AS customer_key
    FROM (
        SELECT f.entity, min(f.account_id) AS first_id FROM fresh_account AS f
        LEFT JOIN known_customer AS k ON k.entity = f.entity
        WHERE k.entity IS NULL GROUP BY f.entity ORDER BY first_id
    ) AS ordered
),
target AS (SELECT entity, customer_key FROM known_customer UNION ALL SELECT entity, customer_key FROM fresh_customer),
used AS (
    SELECT k.customer_key, max(account.account_key % 256) + 1 AS next_number
    FROM known_customer AS k
    JOIN account ON account.account_key >= k.customer_key * 256 AND account.account_key < k.customer_key * 256 + 256
    GROUP BY k.customer_key
),
numbered AS (
    SELECT f.*, t.customer_key, coalesce(u.next_number, 0)
        + row_number() OVER (PARTITION BY t.customer_key ORDER BY f.account_id) - 1 AS number
    FROM fresh_account AS f JOIN target AS t ON t.entity = f.entity LEFT JOIN used AS u ON u.customer_key = t.customer_key
)
INSERT INTO account (account_key, system, account_id, customer_key, name, tax_id, tax_key, number_kind, number_is_valid, country,
    industry_code, group_id, owner_user, status, segment, payment_terms_days, currency, onboarded_on, kyc_review_due_on, ubo_verified_pct,
    address, phone, website, as_of, known_at, attributes_known_at, batch_id, since_version)
SELECT CASE WHEN number < 256 THEN customer_key * 256 + number ELSE nextval('customer_key_seq') * 256 END, :system, account_id,
    customer_key, name, tax_id, tax_key, number_kind, number_is_valid, country, industry_code, group_id, owner_user, status,
    segment, payment_terms_days, currency, onboarded_on, kyc_review_due_on, ubo_verified_pct, address, phone, website,
    CASE WHEN is_described THEN :as_of ::date END, :known_at,
    CASE WHEN is_described THEN :known_at ::timestamptz END, :batch_id, :version
FROM numbered ORDER BY customer_key, number;
