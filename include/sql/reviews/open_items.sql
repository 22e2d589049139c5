-- Purpose: mandatory questions of a review nobody answered. Parameters: review_id. Grain: one row per question, in order.
-- Dialect: PostgreSQL.
SELECT item.content ->> 'id' AS item_id
FROM review
INNER JOIN review_checklist AS checklist ON review.checklist_digest = checklist.digest
CROSS JOIN LATERAL jsonb_array_elements(checklist.items) WITH ORDINALITY AS item (content, place)
WHERE
    review.review_id = :review_id AND CAST(item.content ->> 'mandatory' AS boolean)
    AND NOT EXISTS (
        SELECT FROM review_answer AS given
        WHERE given.review_id = review.review_id AND given.item_id = item.content ->> 'id'
    )
ORDER BY item.place;
