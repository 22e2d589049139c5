-- Purpose: what was asked in a review and what came. Parameters: review_id. Grain: one row per question. Dialect: PostgreSQL.
SELECT
    question_id,
    question,
    asked_of,
    asked_by,
    asked_at,
    due_at,
    answer,
    answered_by,
    answered_at
FROM review_question
WHERE review_id = :review_id
ORDER BY question_id;
