-- Purpose: the first high-risk customer under review without a measure, and the owner of its review, unless somebody proposed one already
-- Parameters: none
-- Grain: at most one row
-- Dialect: postgres
SELECT review.customer_key, review.owner
FROM review
WHERE
    review.state = 'assigned' AND review.risk_class = 3
    AND NOT EXISTS (SELECT FROM measure WHERE measure.origin = 'person' OR measure.customer_key = review.customer_key)
ORDER BY review.review_id
LIMIT 1;
