-- Purpose: reviews with their decisions. Parameters: review (array). Grain: one row per review. Dialect: PostgreSQL.
SELECT
    'review' AS subject_type, CAST(review_id AS text) AS subject_id, review_id, customer_key, kind, policy_line, period_key, state, owner,
    risk_class, opened_on, due_on, recommendation, measures, proposed_by, decided_by, decided_at, decision_reason, closed_by, pack_sha256,
    snapshot_sha256
FROM review
WHERE review_id = ANY(CAST(:review AS bigint []))
ORDER BY review_id;
