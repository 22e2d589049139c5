-- Purpose: forget what people remarked on a customer's reviews.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_remark SET
    body = :said, digest = NULL, forgotten_at = :at
FROM review
WHERE review.review_id = review_remark.review_id AND review.customer_key = any(cast(:customer_keys AS bigint []))
    AND review_remark.forgotten_at IS NULL;
