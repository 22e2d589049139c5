-- Purpose: the undecided review of each of some customers that is overdue for longest, with who can act on it.
-- Parameters: customer_keys (array), on_day. Grain: at most one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT ON (review.customer_key)
    review.review_id,
    review.customer_key,
    customer.customer_id,
    review.due_on,
    coalesce(step.asked, review.owner) AS ask
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
LEFT JOIN review_approval AS step
    ON review.review_id = step.review_id AND review.approval_round = step.round AND step.state = 'open' AND review.state = 'in_approval'
WHERE
    review.customer_key = ANY(CAST(:customer_keys AS bigint [])) AND review.due_on < :on_day
    AND review.state NOT IN ('planned', 'approved', 'rejected', 'implementing', 'closed', 'cancelled')
ORDER BY review.customer_key, review.due_on, review.review_id;
