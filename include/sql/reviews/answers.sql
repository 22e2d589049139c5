-- Purpose: the answers to the checklist of a review. Parameters: review_id. Grain: one row per answer. Dialect: PostgreSQL.
SELECT
    item_id,
    answer,
    note,
    evidence,
    answered_by,
    answered_at
FROM review_answer
WHERE review_id = :review_id
ORDER BY item_id;
