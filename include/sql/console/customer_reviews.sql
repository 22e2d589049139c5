-- Purpose: the reviews of a customer, newest first. Parameters: customer_key. Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id, review.kind, review.period_key, review.state, review.owner, review.opened_on, review.due_on, review.decided_by
FROM review
WHERE review.customer_key = :customer_key
ORDER BY review.review_id DESC
LIMIT 50;
