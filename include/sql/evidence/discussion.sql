-- Purpose: what was remarked on reviews, in order. Parameters: review, review_remark (arrays). Grain: one row per remark. Dialect: PostgreSQL.
SELECT
    'review_remark' AS subject_type, CAST(remark_id AS text) AS subject_id, review_id, remark_id, answers, said_by, said_at, body AS remark
FROM review_remark
WHERE review_id = ANY(CAST(:review AS bigint [])) OR remark_id = ANY(CAST(:review_remark AS bigint []))
ORDER BY review_id, remark_id;
