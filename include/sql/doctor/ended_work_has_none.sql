-- Purpose: open duties of reviews and emergency plans that ended (I11).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(duty.duty_id AS text) AS subject, count(*) OVER () AS broken
FROM duty
LEFT JOIN review ON duty.subject_type = 'review' AND duty.subject_id = CAST(review.review_id AS text)
LEFT JOIN activation ON duty.subject_type = 'activation' AND duty.subject_id = CAST(activation.activation_id AS text)
WHERE
    duty.state IN ('open', 'exhausted')
    AND (review.state IN ('closed', 'cancelled') OR activation.state IN ('closed', 'stood_down'))
ORDER BY duty.duty_id
LIMIT :how_many;
