-- Purpose: every step of approval of reviews. Parameters: review (array). Grain: one row per step. Dialect: PostgreSQL.
SELECT
    'review' AS subject_type, CAST(review_id AS text) AS subject_id, review_id, round, step, roles, state, asked, decided_by, decided_at, reason,
    digest
FROM review_approval
WHERE review_id = ANY(CAST(:review AS bigint []))
ORDER BY review_id, round, step;
