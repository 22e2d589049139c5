-- Purpose: agreed and proposed rhythms of a customer, or one of them, the newest first. Parameters: customer_key, cadence_id (one of them
-- null), how_many. Grain: one row per rhythm. Dialect: PostgreSQL.
SELECT
    review_cadence.cadence_id, review_cadence.customer_key, review_cadence.state, review_cadence.every_months, review_cadence.policy_months,
    review_cadence.risk_class, review_cadence.needs_two, review_cadence.reason, review_cadence.valid_until, review_cadence.proposed_by,
    review_cadence.proposed_at, review_cadence.decided_by, review_cadence.decided_at, review_cadence.decision_reason,
    review_cadence.ended_by, review_cadence.ended_at
FROM review_cadence
WHERE
    (CAST(:customer_key AS bigint) IS NULL OR review_cadence.customer_key = :customer_key)
    AND (CAST(:cadence_id AS bigint) IS NULL OR review_cadence.cadence_id = :cadence_id)
ORDER BY review_cadence.cadence_id DESC
LIMIT :how_many;
