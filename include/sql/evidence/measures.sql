-- Purpose: measures with who proposed, approved and carried them out. Parameters: measure (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT
    'measure' AS subject_type, CAST(measure_id AS text) AS subject_id, measure_id, customer_key, kind, state, amount, currency, days, share_pct,
    starts_on, expires_on, origin, review_id, reason, proposed_by, approved_by, pre_approved, decision_reason, implemented_by, evidence,
    before_exposure, ended_on, end_reason, digest
FROM measure
WHERE measure_id = ANY(CAST(:measure AS bigint []))
ORDER BY measure_id;
