-- Purpose: every active customer with the reason why it was not assessed from fresh data, NULL where it was.
-- Parameters: as_of, rate_missing (bit of that flag). Grain: one row per active customer. Dialect: PostgreSQL.
-- Active = has an account that is not closed, or owes something. The reasons in order of weight: the first one that applies is listed.
CREATE TEMP TABLE active_customer ON COMMIT DROP AS
SELECT
    customer.customer_key,
    CASE
        WHEN judged.customer_key IS NULL AND head.written_at IS NOT NULL AND customer.known_at > head.written_at THEN 'arrived_later'
        WHEN judged.customer_key IS NULL THEN 'not_assessed'
        WHEN judged.as_of < :as_of THEN 'outdated'
        WHEN (judged.flags & :rate_missing) <> 0 THEN 'no_rate'
        WHEN judged.data_state = 1 THEN 'late_feed'
        WHEN read_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)) = 0 THEN 'nothing_known'
        WHEN judged.data_state = 2 THEN 'insufficient'
    END AS reason
FROM customer
LEFT JOIN current_assessment AS judged ON customer.customer_key = judged.customer_key
LEFT JOIN assessment_head AS head ON head.only_row
WHERE customer.merged_into IS NULL AND (
    coalesce(judged.exposure, 0) > 0
    OR EXISTS (
        SELECT 1 FROM account
        WHERE account.customer_key = customer.customer_key AND coalesce(account.status, 'active') <> 'closed'
    )
);
