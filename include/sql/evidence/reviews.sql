-- Purpose: reviews with their decisions. Parameters: review (array). Grain: one row per review. Dialect: PostgreSQL.
SELECT
    'review' AS subject_type, CAST(review.review_id AS text) AS subject_id, review.review_id, review.customer_key, customer.customer_id,
    review.kind, review.policy_line, review.period_key, review.state, review.owner, review.risk_class, review.opened_on, review.due_on,
    review.recommendation, review.measures, review.proposed_by, review.decided_by, review.decided_at, review.decision_reason,
    review.closed_by, review.outcome, review.pack_sha256, review.snapshot_sha256
FROM review LEFT JOIN customer ON review.customer_key = customer.customer_key
WHERE review.review_id = ANY(CAST(:review AS bigint []))
ORDER BY review.review_id;
