-- Purpose: the answers to the checklists of reviews. Parameters: review (array). Grain: one row per answer. Dialect: PostgreSQL.
SELECT
    'review' AS subject_type, CAST(given.review_id AS text) AS subject_id, given.review_id, given.item_id, asked.item -> 'text' ->> 'en' AS question_en,
    asked.item -> 'text' ->> 'zh' AS question_zh, given.answer, given.note, given.evidence, given.answered_by, given.answered_at
FROM review_answer AS given
INNER JOIN review ON given.review_id = review.review_id
LEFT JOIN review_checklist ON review.checklist_digest = review_checklist.digest
LEFT JOIN LATERAL jsonb_array_elements(review_checklist.items) WITH ORDINALITY AS asked (item, place) ON asked.item ->> 'id' = given.item_id
WHERE given.review_id = ANY(CAST(:review AS bigint []))
ORDER BY given.review_id, asked.place, given.item_id;
