-- Purpose: measures with their clock and people; newest: those that wait or are in force before the others.
-- Parameters: customer_key, review_id, state, kind, person, measure_id, owner_users with seen_by (whose customers, and who is named; NULL for all),
-- is_open, on_day, sort (a column or newest); those of page.sql. Grain: one row per measure. Dialect: PostgreSQL.
SELECT
    measure.measure_id,
    measure.customer_key,
    customer.customer_id,
    coalesce(customer.name, customer.customer_id) AS name,
    measure.kind,
    measure.field,
    measure.effect,
    measure.state,
    measure.version,
    measure.amount,
    measure.currency,
    measure.days,
    measure.share_pct,
    measure.stage,
    measure.starts_on,
    measure.expires_on,
    measure.expires_on - :on_day AS days_left,
    measure.origin,
    measure.review_id,
    step.activation_id,
    step.step_id,
    measure.renews,
    measure.owner,
    measure.reason,
    measure.although,
    measure.proposed_by,
    measure.proposed_at,
    measure.pre_approved,
    measure.approved_by,
    measure.approved_at,
    measure.decision_reason,
    measure.implementer,
    measure.implement_by,
    measure.implemented_by,
    measure.implemented_at,
    measure.evidence,
    measure.in_force_on,
    measure.reversal_asked_by,
    measure.reversal_reason,
    measure.ended_by,
    measure.ended_on,
    measure.end_reason,
    measure.undone_by,
    measure.undone_at,
    waiting.asked AS decider,
    measure.digest,
    measure.basis -> 'expected' AS expected,
    CASE
        WHEN :sort = 'starts_on' THEN measure.starts_on - date '2000-01-01'
        WHEN :sort = 'expires_on' THEN measure.expires_on - date '2000-01-01'
        WHEN :sort = 'newest' THEN CAST(measure.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked') AS integer)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'kind_name' THEN measure.kind
        WHEN :sort = 'name' THEN coalesce(customer.name, customer.customer_id)
        WHEN :sort = 'state' THEN measure.state
        WHEN :sort = 'proposed_by' THEN measure.proposed_by
        WHEN :sort = 'approved_by' THEN measure.approved_by
        WHEN :sort = 'waits_for' THEN CASE measure.state WHEN 'proposed' THEN waiting.asked WHEN 'approved' THEN measure.implementer END
        ELSE ''
    END AS sort_text,
    measure.measure_id AS sort_key
FROM measure
INNER JOIN customer ON measure.customer_key = customer.customer_key
LEFT JOIN step ON measure.step_key = step.step_key
LEFT JOIN measure_approval AS waiting ON measure.measure_id = waiting.measure_id AND waiting.state = 'open'
WHERE
    (CAST(:measure_id AS bigint) IS NULL OR measure.measure_id = :measure_id)
    AND (CAST(:customer_key AS bigint) IS NULL OR measure.customer_key = :customer_key)
    AND (CAST(:review_id AS bigint) IS NULL OR measure.review_id = :review_id)
    AND (CAST(:state AS text) IS NULL OR measure.state = :state)
    AND (CAST(:kind AS text) IS NULL OR measure.kind = :kind)
    AND (CAST(:person AS text) IS NULL OR :person IN (measure.owner, measure.implementer, waiting.asked))
    AND (
        CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text []))
        OR :seen_by IN (measure.owner, measure.implementer, waiting.asked)
    )
    AND (NOT CAST(:is_open AS boolean) OR measure.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked'));
