-- Purpose: a task for every open review of a customer that has an account in a system, once per connection and review.
-- Parameters: connection, object, system, least_class, at, on_day. Grain: one row per new task. Dialect: PostgreSQL.
INSERT INTO crm_write (connection, object, record_id, customer_key, task_key, task, digest, needs_person, state, proposed_at)
SELECT DISTINCT ON (review.review_id)
    :connection,
    :object,
    account.account_id,
    review.customer_key,
    'review-' || review.review_id,
    jsonb_build_object(
        'key', 'review-' || review.review_id, 'due_on', review.due_on, 'customer_id', customer.customer_id,
        'risk_class', review.risk_class, 'period', review.period_key
    ),
    encode(sha256(convert_to('review-' || review.review_id, 'UTF8')), 'hex'),
    FALSE,
    'proposed',
    :at
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
INNER JOIN account ON review.customer_key = account.customer_key AND account.system = :system
WHERE
    review.state IN ('opened', 'assigned', 'in_analysis', 'info_requested', 'changes_requested', 'reopened')
    AND review.risk_class >= :least_class AND review.opened_on <= :on_day
ORDER BY review.review_id, account.account_id
ON CONFLICT DO NOTHING
RETURNING write_id;
