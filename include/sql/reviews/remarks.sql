-- Purpose: what was remarked on a review, in order. Parameters: review_id. Grain: one row per remark. Dialect: PostgreSQL.
SELECT
    remark_id,
    answers,
    said_by,
    said_at,
    body,
    digest
FROM review_remark
WHERE review_id = :review_id
ORDER BY remark_id;
