-- Purpose: reviews in some states with their people. Parameters: states (array). Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.version,
    review.owner,
    review.deputy,
    review.risk_class,
    review.due_on,
    customer.customer_id
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
WHERE review.state = ANY(CAST(:states AS text []))
ORDER BY review.review_id;
