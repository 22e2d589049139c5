-- Purpose: forget the snapshots frozen after a customer's reviews were opened; their digests stay.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_snapshot SET
    body = '{}', forgotten_at = :at
FROM review
WHERE review.review_id = review_snapshot.review_id AND review.customer_key = any(cast(:customer_keys AS bigint []))
    AND review_snapshot.forgotten_at IS NULL;
