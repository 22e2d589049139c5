-- Purpose: derive the customers listed in touched_customer from their accounts: each attribute from the account that was
-- described last. Parameters: known_at, version. Grain: one row per customer. Dialect: PostgreSQL.
WITH ranked AS (
    SELECT account.*, row_number() OVER w AS place, count(*) OVER (PARTITION BY account.customer_key) AS accounts
    FROM account JOIN touched_customer AS touched ON touched.customer_key = account.customer_key
    WINDOW w AS (PARTITION BY account.customer_key ORDER BY account.as_of DESC NULLS LAST, account.system, account.account_id)
),
single AS (
    SELECT customer_key, name, tax_id, country, industry_code, group_id, owner_user, status, segment, payment_terms_days,
        currency, onboarded_on, kyc_review_due_on, ubo_verified_pct
    FROM ranked WHERE accounts = 1
    UNION ALL
    SELECT customer_key,
        (array_agg(name ORDER BY place) FILTER (WHERE name IS NOT NULL))[1],
        (array_agg(tax_id ORDER BY place) FILTER (WHERE tax_id IS NOT NULL))[1],
        (array_agg(country ORDER BY place) FILTER (WHERE country IS NOT NULL))[1],
        (array_agg(industry_code ORDER BY place) FILTER (WHERE industry_code IS NOT NULL))[1],
        (array_agg(group_id ORDER BY place) FILTER (WHERE group_id IS NOT NULL))[1],
        (array_agg(owner_user ORDER BY place) FILTER (WHERE owner_user IS NOT NULL))[1],
        (array_agg(status ORDER BY place) FILTER (WHERE status IS NOT NULL))[1],
        (array_agg(segment ORDER BY place) FILTER (WHERE segment IS NOT NULL))[1],
        (array_agg(payment_terms_days ORDER BY place) FILTER (WHERE payment_terms_days IS NOT NULL))[1],
        (array_agg(currency ORDER BY place) FILTER (WHERE currency IS NOT NULL))[1],
        min(onboarded_on), min(kyc_review_due_on), min(ubo_verified_pct)
    FROM ranked WHERE accounts > 1 GROUP BY customer_key
),
named AS (
    SELECT DISTINCT ON (account.customer_key) account.customer_key, account.system || ':' || account.account_id AS long_id,
        account.account_id,
        count(*) OVER (PARTITION BY account.account_id) AS namesakes
    FROM account JOIN touched_customer AS touched ON touched.customer_key = account.customer_key
    ORDER BY account.customer_key, account.account_key
)
INSERT INTO customer (customer_key, customer_id, name, tax_id, country, industry_code, group_id, owner_user, status, segment,
    payment_terms_days, currency, onboarded_on, kyc_review_due_on, ubo_verified_pct, known_at, since_version)
SELECT s.customer_key,
    CASE WHEN n.namesakes > 1 OR EXISTS (
            SELECT 1 FROM customer AS other WHERE other.customer_id = n.account_id AND other.customer_key <> s.customer_key
        ) THEN n.long_id ELSE n.account_id END,
    s.name, s.tax_id, s.country, s.industry_code, s.group_id, s.owner_user, s.status, s.segment, s.payment_terms_days,
    s.currency, s.onboarded_on, s.kyc_review_due_on, s.ubo_verified_pct, :known_at, :version
FROM single AS s JOIN named AS n ON n.customer_key = s.customer_key
ON CONFLICT (customer_key) DO UPDATE SET
    name = EXCLUDED.name, tax_id = EXCLUDED.tax_id, country = EXCLUDED.country, industry_code = EXCLUDED.industry_code,
    group_id = EXCLUDED.group_id, owner_user = EXCLUDED.owner_user, status = EXCLUDED.status, segment = EXCLUDED.segment,
    payment_terms_days = EXCLUDED.payment_terms_days, currency = EXCLUDED.currency, onboarded_on = EXCLUDED.onboarded_on,
    kyc_review_due_on = EXCLUDED.kyc_review_due_on, ubo_verified_pct = EXCLUDED.ubo_verified_pct,
    known_at = least(customer.known_at, EXCLUDED.known_at), merged_into = NULL;
