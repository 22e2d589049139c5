-- Purpose: approved reviews without the approval of every step of their last round (I7).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(review.review_id AS text) AS subject, count(*) OVER () AS broken
FROM review
LEFT JOIN (
    SELECT step.review_id, step.round, count(*) AS approvals FROM review_approval AS step
    WHERE step.state = 'approved' GROUP BY step.review_id, step.round
) AS given ON review.review_id = given.review_id AND review.approval_round = given.round
WHERE review.state IN ('approved', 'implementing') AND review.approval_steps <> coalesce(given.approvals, 0)
ORDER BY review.review_id
LIMIT :how_many;
