-- Purpose: reviews of whose opening not exactly one event was recorded (I2).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(review.review_id AS text) AS subject, count(*) OVER () AS broken
FROM review
LEFT JOIN (
    SELECT outbox_event.subject_id, count(*) AS events FROM outbox_event
    WHERE outbox_event.kind = 'review_opened' GROUP BY outbox_event.subject_id
) AS told ON told.subject_id = CAST(review.review_id AS text)
WHERE coalesce(told.events, 0) <> 1
ORDER BY review.review_id
LIMIT :how_many;
