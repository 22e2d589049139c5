-- Purpose: what an act needs to know about a measure, locked. Parameters: measure_id. Grain: at most one row. Dialect: PostgreSQL.
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
    measure.days,
    measure.share_pct,
    measure.stage,
    measure.starts_on,
    measure.expires_on,
    measure.digest,
    measure.origin,
    measure.review_id,
    measure.step_key,
    measure.owner,
    measure.risk_class,
    measure.proposed_by,
    measure.pre_approved,
    measure.approval_steps,
    measure.approved_by,
    measure.implementer,
    measure.implemented_by,
    measure.reversal_asked_by,
    measure.undone_by,
    review.state AS review_state
FROM measure
INNER JOIN customer ON measure.customer_key = customer.customer_key
LEFT JOIN review ON measure.review_id = review.review_id
WHERE measure.measure_id = :measure_id
FOR UPDATE OF measure;
