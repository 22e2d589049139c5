-- Purpose: reviews, the earliest due first. Parameters: owner, state, customer_key, kind (NULL for all), is_open, as_of, how_many.
-- Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id,
    customer.customer_id,
    review.kind,
    review.policy_line,
    review.period_key,
    review.state,
    review.version,
    review.owner,
    review.deputy,
    review.due_on,
    review.wanted_on,
    review.moved_because,
    review.due_that_week,
    coalesce(review.due_on < :as_of AND review.state NOT IN ('planned', 'closed', 'cancelled'), false) AS is_overdue,
    review.outcome
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
WHERE
    (CAST(:owner AS text) IS NULL OR review.owner = :owner)
    AND (CAST(:state AS text) IS NULL OR review.state = :state)
    AND (CAST(:kind AS text) IS NULL OR review.kind = :kind)
    AND (CAST(:customer_key AS bigint) IS NULL OR review.customer_key = :customer_key)
    AND (NOT CAST(:is_open AS boolean) OR review.state NOT IN ('closed', 'cancelled'))
ORDER BY review.due_on, review.review_id
LIMIT :how_many;
