-- Purpose: forget why people decided as they did about a customer's reviews, and what they had before them.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_approval SET
    reason = :said || left(review_approval.reason, 0), basis = NULL
FROM review
WHERE review.review_id = review_approval.review_id AND review.customer_key = any(cast(:customer_keys AS bigint []));
