-- Purpose: everything that hangs on a customer, as the event log names it. Parameters: id (customer key). Grain: one row per thing.
-- Dialect: PostgreSQL.
SELECT subject_type, subject_id FROM subjects_of(CAST(:id AS bigint))
UNION
SELECT 'snapshot' AS subject_type, review_snapshot.review_id || ':' || review_snapshot.number AS subject_id
FROM review_snapshot INNER JOIN review ON review_snapshot.review_id = review.review_id
WHERE review.customer_key = CAST(:id AS bigint)
ORDER BY subject_type, subject_id;
