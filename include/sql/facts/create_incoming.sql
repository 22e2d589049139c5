-- Purpose: hold the accounts a batch speaks of until the transaction ends. Parameters: none.
-- Grain: one row per account id. Dialect: PostgreSQL.
CREATE TEMP TABLE incoming_account (
    account_id text PRIMARY KEY, is_described boolean NOT NULL, name text, tax_id text, country text, industry_code text,
    group_id text, owner_user text, status text, segment text, payment_terms_days integer, currency text, onboarded_on date,
    kyc_review_due_on date, ubo_verified_pct float8, address text, phone text, website text,
    tax_key text, number_kind text, number_is_valid boolean
) ON COMMIT DROP;
