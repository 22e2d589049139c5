-- Purpose: one page of the reviews somebody may see, in any order. Parameters: states, mine (person, null for everybody's), person,
-- owner_users (null: all may be seen), sort (a column), is_down (the largest first), no_number and no_text (stand for
-- what is unknown, so that it comes last), after_number, after_text and after_id (of the last row; null at first), how_many.
-- Grain: one row per review. Dialect: PostgreSQL.
WITH listed AS (
    SELECT
        review.review_id, review.kind, review.policy_line, review.period_key, review.state, review.owner, review.deputy, review.risk_class,
        review.due_on, review.opened_on, review.is_late, review.proposed_by, review.decided_by, customer.customer_key,
        customer.customer_id, customer.name, judged.exposure,
        coalesce(CAST(CASE
            WHEN :sort = 'due_on' THEN review.due_on - date '2000-01-01'
            WHEN :sort = 'exposure' THEN judged.exposure
            WHEN :sort = 'risk_class' THEN review.risk_class
            ELSE 0
        END AS float8), CAST(:no_number AS float8)) AS sort_number,
        coalesce(CASE
            WHEN :sort = 'name' THEN customer.name
            WHEN :sort = 'kind' THEN review.kind
            WHEN :sort = 'period_key' THEN review.period_key
            WHEN :sort = 'state' THEN review.state
            WHEN :sort = 'owner' THEN review.owner
            ELSE ''
        END, CAST(:no_text AS text)) COLLATE "C" AS sort_text
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
)

SELECT listed.*
FROM listed
WHERE
    CASE
        WHEN CAST(:after_id AS bigint) IS NULL THEN true
        WHEN :is_down THEN
            (listed.sort_number, listed.sort_text, listed.review_id)
            < (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
        ELSE
            (listed.sort_number, listed.sort_text, listed.review_id)
            > (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
    END
ORDER BY
    CASE WHEN :is_down THEN listed.sort_number END DESC,
    CASE WHEN :is_down THEN listed.sort_text END DESC,
    CASE WHEN :is_down THEN listed.review_id END DESC,
    CASE WHEN NOT :is_down THEN listed.sort_number END ASC,
    CASE WHEN NOT :is_down THEN listed.sort_text END ASC,
    CASE WHEN NOT :is_down THEN listed.review_id END ASC
LIMIT :how_many;
