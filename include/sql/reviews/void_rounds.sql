-- Purpose: void the present round of approval of reviews under decision; one that was decided before a new recommendation stays as it was.
-- Parameters: review_ids (array). Grain: one row per step. Dialect: PostgreSQL.
UPDATE review_approval
SET state = 'void'
FROM review
WHERE
    review.review_id = review_approval.review_id AND review.approval_round = review_approval.round
    AND review.review_id = ANY(CAST(:review_ids AS bigint [])) AND review.state IN ('in_approval', 'approved')
    AND review_approval.state IN ('waiting', 'open', 'approved');
