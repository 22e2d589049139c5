-- Purpose: planned reviews whose day has come, of assessed customers. Parameters: as_of. Grain: one row per review.
-- Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.customer_key,
    review.kind,
    review.policy_line,
    review.period_key,
    review.opened_on AS due_from,
    acting_class(a.risk_class, a.valid_until, CAST(:as_of AS date)) AS risk_class,
    a.exposure,
    c.customer_id,
    c.owner_user
FROM review
INNER JOIN current_assessment AS a ON review.customer_key = a.customer_key
INNER JOIN customer AS c ON review.customer_key = c.customer_key AND c.merged_into IS NULL
WHERE review.state = 'planned' AND review.opened_on <= :as_of
ORDER BY review.customer_key, review.review_id
FOR UPDATE OF review;
