-- Purpose: what the CRM should say of every assessed account of a system. Parameters: system, on_day. Grain: one row per account.
-- Dialect: PostgreSQL.
SELECT
    account.account_id,
    account.customer_key,
    acting_class(a.risk_class, a.valid_until, CAST(:on_day AS date)) AS risk_class,
    round(a.index_points::numeric, 1) AS index_points,
    a.warnings,
    a.alarms,
    ahead.next_review,
    coalesce(set_by.measures, '[]') AS measures
FROM account
INNER JOIN current_assessment AS a ON account.customer_key = a.customer_key
LEFT JOIN LATERAL (
    SELECT min(review.due_on) AS next_review
    FROM review
    WHERE review.customer_key = account.customer_key AND review.state NOT IN ('approved', 'implementing', 'rejected', 'closed', 'cancelled')
) AS ahead ON TRUE
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(measure.field, measure.amount::text, measure.days) ORDER BY measure.measure_id) AS measures
    FROM measure
    WHERE measure.customer_key = account.customer_key AND measure.state IN ('in_force', 'reversal_asked')
) AS set_by ON TRUE
WHERE account.system = :system
ORDER BY account.account_id;
