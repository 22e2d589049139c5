-- Purpose: void the present round of approval of reviews. Parameters: review_ids (array). Grain: one row per step.
-- Dialect: PostgreSQL.
UPDATE review_approval
SET state = 'void'
FROM review
WHERE
    review.review_id = review_approval.review_id AND review.approval_round = review_approval.round
    AND review.review_id = ANY(CAST(:review_ids AS bigint [])) AND review_approval.state IN ('waiting', 'open', 'approved');
