-- Purpose: what a decision needs to know about a review. Parameters: review_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.customer_key,
    review.state,
    review.version,
    review.owner,
    review.deputy,
    review.risk_class,
    review.due_on,
    review.pack_sha256,
    review.recommendation,
    review.proposed_by
FROM review
WHERE review.review_id = :review_id;
