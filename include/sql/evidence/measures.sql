-- Purpose: measures with who proposed, approved and carried them out. Parameters: measure (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT
    'measure' AS subject_type, CAST(measure.measure_id AS text) AS subject_id, measure.measure_id, measure.customer_key,
    customer.customer_id, measure.kind, measure.state, measure.amount, measure.currency, measure.days, measure.share_pct, measure.starts_on,
    measure.expires_on, measure.origin, measure.review_id, measure.reason, measure.proposed_by, measure.approved_by, measure.pre_approved,
    measure.decision_reason, measure.implemented_by, measure.evidence, measure.before_exposure, measure.ended_on, measure.end_reason,
    measure.digest, measure.basis -> 'expected' AS expected_json
FROM measure LEFT JOIN customer ON measure.customer_key = customer.customer_key
WHERE measure.measure_id = ANY(CAST(:measure AS bigint []))
ORDER BY measure.measure_id;
