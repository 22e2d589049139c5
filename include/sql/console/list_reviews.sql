-- Purpose: one page of the reviews somebody may see, the earliest due first. Parameters: states, mine (person, null for everybody's),
-- person, owner_users (null: all may be seen), after_day, after_id (of the last row; null at first), how_many.
-- Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id, review.kind, review.policy_line, review.period_key, review.state, review.owner, review.deputy, review.risk_class,
    review.due_on, review.opened_on, review.is_late, review.proposed_by, review.decided_by, customer.customer_key,
    customer.customer_id, customer.name, judged.exposure
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON review.customer_key = judged.customer_key
WHERE
    review.state = any(CAST(:states AS text []))
    AND (CAST(:mine AS text) IS NULL OR :mine IN (review.owner, review.deputy))
    AND (
        CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text []))
        OR :person IN (review.owner, review.deputy)
    )
    AND (
        CAST(:after_id AS bigint) IS NULL
        OR (review.due_on, review.review_id) > (CAST(:after_day AS date), CAST(:after_id AS bigint))
    )
ORDER BY review.due_on, review.review_id
LIMIT :how_many;
