-- Purpose: reviews of which a customer has more than one for the same policy line and period (I1).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(min(review.review_id) AS text) AS subject, count(*) OVER () AS broken
FROM review
GROUP BY review.customer_key, review.policy_line, review.period_key
HAVING count(*) > 1
ORDER BY min(review.review_id)
LIMIT :how_many;
