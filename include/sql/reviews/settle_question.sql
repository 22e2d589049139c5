-- Purpose: keep the answer to the open question of a review. Parameters: review_id, answer, person, at. Grain: at most one row.
-- Dialect: PostgreSQL.
UPDATE review_question
SET answer = :answer, answered_by = :person, answered_at = :at
WHERE review_id = :review_id AND answered_at IS NULL
RETURNING duty_kind;
