-- Purpose: take over attributes of known accounts: each from the newest delivery that told it, in whatever order they arrive.
-- Parameters: system, as_of, known_at, batch_id. Grain: one row per account. Dialect: PostgreSQL.
-- "aged" keeps when an attribute was told that the newest delivery left empty; the others are as old as the account's stamp.
WITH given AS (
    SELECT
        i.*, account.account_key, account.aged,
        coalesce(
            to_char(account.as_of, 'YYYY-MM-DD ') || to_char(account.attributes_known_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), ''
        ) AS last_told,
        to_char((:as_of ::date), 'YYYY-MM-DD ') 
            || to_char((:known_at ::timestamptz) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS told_at,
        account.name AS old_name,
        account.tax_id AS old_tax_id,
        account.tax_key AS old_tax_key,
        account.country AS old_country,
        account.industry_code AS old_industry_code,
        account.group_id AS old_group_id,
        account.owner_user AS old_owner_user,
        account.status AS old_status,
        account.segment AS old_segment,
        account.payment_terms_days AS old_payment_terms_days,
        account.currency AS old_currency,
        account.onboarded_on AS old_onboarded_on,
        account.kyc_review_due_on AS old_kyc_review_due_on,
        account.ubo_verified_pct AS old_ubo_verified_pct,
        account.address AS old_address,
        account.phone AS old_phone,
        account.website AS old_website
    FROM account JOIN incoming_account AS i ON i.account_id = account.account_id
    WHERE account.system = :system AND i.is_described
),
told AS (
    SELECT
        given.*, last_told <= told_at AS is_newer,
        name IS NOT NULL
            AND (old_name IS NULL OR coalesce(aged ->> 'name', last_told) <= told_at) AS takes_name,
        tax_id IS NOT NULL
            AND (old_tax_id IS NULL OR coalesce(aged ->> 'tax_id', last_told) <= told_at) AS takes_tax_id,
        tax_key IS NOT NULL
            AND (old_tax_key IS NULL OR coalesce(aged ->> 'tax_key', last_told) <= told_at) AS takes_tax_key,
        country IS NOT NULL
            AND (old_country IS NULL OR coalesce(aged ->> 'country', last_told) <= told_at) AS takes_country,
        industry_code IS NOT NULL
            AND (old_industry_code IS NULL OR coalesce(aged ->> 'industry_code', last_told) <= told_at) AS takes_industry_code,
        group_id IS NOT NULL
            AND (old_group_id IS NULL OR coalesce(aged ->> 'group_id', last_told) <= told_at) AS takes_group_id,
        owner_user IS NOT NULL
            AND (old_owner_user IS NULL OR coalesce(aged ->> 'owner_user', last_told) <= told_at) AS takes_owner_user,
        status IS NOT NULL
            AND (old_status IS NULL OR coalesce(aged ->> 'status', last_told) <= told_at) AS takes_status,
        segment IS NOT NULL
            AND (old_segment IS NULL OR coalesce(aged ->> 'segment', last_told) <= told_at) AS takes_segment,
        payment_terms_days IS NOT NULL
            AND (old_payment_terms_days IS NULL OR coalesce(aged ->> 'payment_terms_days', last_told) <= told_at) AS takes_payment_terms_days,
        currency IS NOT NULL
            AND (old_currency IS NULL OR coalesce(aged ->> 'currency', last_told) <= told_at) AS takes_currency,
        onboarded_on IS NOT NULL
            AND (old_onboarded_on IS NULL OR coalesce(aged ->> 'onboarded_on', last_told) <= told_at) AS takes_onboarded_on,
        kyc_review_due_on IS NOT NULL
            AND (old_kyc_review_due_on IS NULL OR coalesce(aged ->> 'kyc_review_due_on', last_told) <= told_at) AS takes_kyc_review_due_on,
        ubo_verified_pct IS NOT NULL
            AND (old_ubo_verified_pct IS NULL OR coalesce(aged ->> 'ubo_verified_pct', last_told) <= told_at) AS takes_ubo_verified_pct,
        address IS NOT NULL
            AND (old_address IS NULL OR coalesce(aged ->> 'address', last_told) <= told_at) AS takes_address,
        phone IS NOT NULL
            AND (old_phone IS NULL OR coalesce(aged ->> 'phone', last_told) <= told_at) AS takes_phone,
        website IS NOT NULL
            AND (old_website IS NULL OR coalesce(aged ->> 'website', last_told) <= told_at) AS takes_website
    FROM given
)
UPDATE account SET
    name = CASE WHEN takes_name THEN told.name ELSE account.name END,
    tax_id = CASE WHEN takes_tax_id THEN told.tax_id ELSE account.tax_id END,
    tax_key = CASE WHEN takes_tax_key THEN told.tax_key ELSE account.tax_key END,
    number_kind = CASE WHEN takes_tax_id THEN told.number_kind ELSE account.number_kind END,
    number_is_valid = CASE WHEN takes_tax_id THEN told.number_is_valid ELSE account.number_is_valid END,
    country = CASE WHEN takes_country THEN told.country ELSE account.country END,
    industry_code = CASE WHEN takes_industry_code THEN told.industry_code ELSE account.industry_code END,
    group_id = CASE WHEN takes_group_id THEN told.group_id ELSE account.group_id END,
    owner_user = CASE WHEN takes_owner_user THEN told.owner_user ELSE account.owner_user END,
    status = CASE WHEN takes_status THEN told.status ELSE account.status END,
    segment = CASE WHEN takes_segment THEN told.segment ELSE account.segment END,
    payment_terms_days = CASE WHEN takes_payment_terms_days THEN told.payment_terms_days ELSE account.payment_terms_days END,
    currency = CASE WHEN takes_currency THEN told.currency ELSE account.currency END,
    onboarded_on = CASE WHEN takes_onboarded_on THEN told.onboarded_on ELSE account.onboarded_on END,
    kyc_review_due_on = CASE WHEN takes_kyc_review_due_on THEN told.kyc_review_due_on ELSE account.kyc_review_due_on END,
    ubo_verified_pct = CASE WHEN takes_ubo_verified_pct THEN told.ubo_verified_pct ELSE account.ubo_verified_pct END,
    address = CASE WHEN takes_address THEN told.address ELSE account.address END,
    phone = CASE WHEN takes_phone THEN told.phone ELSE account.phone END,
    website = CASE WHEN takes_website THEN told.website ELSE account.website END,
    aged = jsonb_strip_nulls(jsonb_build_object(
        'name', CASE WHEN takes_name THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_name IS NOT NULL THEN coalesce(told.aged ->> 'name', last_told)
            ELSE told.aged ->> 'name' END,
        'tax_id', CASE WHEN takes_tax_id THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_tax_id IS NOT NULL THEN coalesce(told.aged ->> 'tax_id', last_told)
            ELSE told.aged ->> 'tax_id' END,
        'tax_key', CASE WHEN takes_tax_key THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_tax_key IS NOT NULL THEN coalesce(told.aged ->> 'tax_key', last_told)
            ELSE told.aged ->> 'tax_key' END,
        'country', CASE WHEN takes_country THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_country IS NOT NULL THEN coalesce(told.aged ->> 'country', last_told)
            ELSE told.aged ->> 'country' END,
        'industry_code', CASE WHEN takes_industry_code THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_industry_code IS NOT NULL THEN coalesce(told.aged ->> 'industry_code', last_told)
            ELSE told.aged ->> 'industry_code' END,
        'group_id', CASE WHEN takes_group_id THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_group_id IS NOT NULL THEN coalesce(told.aged ->> 'group_id', last_told)
            ELSE told.aged ->> 'group_id' END,
        'owner_user', CASE WHEN takes_owner_user THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_owner_user IS NOT NULL THEN coalesce(told.aged ->> 'owner_user', last_told)
            ELSE told.aged ->> 'owner_user' END,
        'status', CASE WHEN takes_status THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_status IS NOT NULL THEN coalesce(told.aged ->> 'status', last_told)
            ELSE told.aged ->> 'status' END,
        'segment', CASE WHEN takes_segment THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_segment IS NOT NULL THEN coalesce(told.aged ->> 'segment', last_told)
            ELSE told.aged ->> 'segment' END,
        'payment_terms_days', CASE WHEN takes_payment_terms_days THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_payment_terms_days IS NOT NULL THEN coalesce(told.aged ->> 'payment_terms_days', last_told)
            ELSE told.aged ->> 'payment_terms_days' END,
        'currency', CASE WHEN takes_currency THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_currency IS NOT NULL THEN coalesce(told.aged ->> 'currency', last_told)
            ELSE told.aged ->> 'currency' END,
        'onboarded_on', CASE WHEN takes_onboarded_on THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_onboarded_on IS NOT NULL THEN coalesce(told.aged ->> 'onboarded_on', last_told)
            ELSE told.aged ->> 'onboarded_on' END,
        'kyc_review_due_on', CASE WHEN takes_kyc_review_due_on THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_kyc_review_due_on IS NOT NULL THEN coalesce(told.aged ->> 'kyc_review_due_on', last_told)
            ELSE told.aged ->> 'kyc_review_due_on' END,
        'ubo_verified_pct', CASE WHEN takes_ubo_verified_pct THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_ubo_verified_pct IS NOT NULL THEN coalesce(told.aged ->> 'ubo_verified_pct', last_told)
            ELSE told.aged ->> 'ubo_verified_pct' END,
        'address', CASE WHEN takes_address THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_address IS NOT NULL THEN coalesce(told.aged ->> 'address', last_told)
            ELSE told.aged ->> 'address' END,
        'phone', CASE WHEN takes_phone THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_phone IS NOT NULL THEN coalesce(told.aged ->> 'phone', last_told)
            ELSE told.aged ->> 'phone' END,
        'website', CASE WHEN takes_website THEN CASE WHEN is_newer THEN NULL ELSE told_at END
            WHEN is_newer AND old_website IS NOT NULL THEN coalesce(told.aged ->> 'website', last_told)
            ELSE told.aged ->> 'website' END
    )),
    as_of = CASE WHEN is_newer THEN :as_of ::date ELSE account.as_of END,
    attributes_known_at = CASE WHEN is_newer THEN :known_at ::timestamptz ELSE account.attributes_known_at END,
    batch_id = CASE WHEN is_newer THEN :batch_id ELSE account.batch_id END
FROM told WHERE told.account_key = account.account_key;
