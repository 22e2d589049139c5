-- Purpose: the reviews somebody may see. Parameters: states, mine (person, null for everybody's), person,
-- owner_users (null: all may be seen), sort (a column); those of page.sql.
-- Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id, review.kind, review.policy_line, review.period_key, review.state, review.owner, review.deputy, review.risk_class,
    review.due_on, review.opened_on, review.is_late, review.proposed_by, review.decided_by, customer.customer_key,
    customer.customer_id, customer.name, judged.exposure,
    CASE
        WHEN :sort = 'due_on' THEN review.due_on - date '2000-01-01'
        WHEN :sort = 'exposure' THEN judged.exposure
        WHEN :sort = 'risk_class' THEN review.risk_class
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'name' THEN customer.name
        WHEN :sort = 'kind' THEN review.kind
        WHEN :sort = 'period_key' THEN review.period_key
        WHEN :sort = 'state' THEN review.state
        WHEN :sort = 'owner' THEN review.owner
        ELSE ''
    END AS sort_text,
    review.review_id AS sort_key
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON review.customer_key = judged.customer_key
WHERE
    review.state = any(CAST(:states AS text []))
    AND (CAST(:mine AS text) IS NULL OR :mine IN (review.owner, review.deputy))
    AND (
        CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text []))
        OR :person IN (review.owner, review.deputy)
    );
