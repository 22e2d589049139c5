-- Purpose: the answers to the checklists of reviews. Parameters: review (array). Grain: one row per answer. Dialect: PostgreSQL.
SELECT
    'review' AS subject_type, CAST(review_id AS text) AS subject_id, review_id, item_id, answer, note, evidence, answered_by, answered_at
FROM review_answer
WHERE review_id = ANY(CAST(:review AS bigint []))
ORDER BY review_id, item_id;
