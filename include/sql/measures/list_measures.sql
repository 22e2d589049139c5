-- Purpose: measures with their clock and people, those that wait or are in force first, then the newest.
-- Parameters: customer_key, review_id, state, kind, person, measure_id, owner_users with seen_by (whose customers, and who is named; NULL for all),
-- before_id (of the last row of the page before, NULL at first), is_open, on_day, how_many. Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT
    measure.measure_id,
    measure.customer_key,
    customer.customer_id,
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
    measure.digest
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
    AND (CAST(:before_id AS bigint) IS NULL OR measure.measure_id < :before_id)
    AND (NOT CAST(:is_open AS boolean) OR measure.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked'))
ORDER BY (measure.state IN ('proposed', 'approved', 'implemented', 'in_force', 'reversal_asked')) DESC, measure.measure_id DESC
LIMIT :how_many;
