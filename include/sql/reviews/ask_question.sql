-- Purpose: keep a question. Parameters: review_id, question, asked_of, person, at, due_at, duty_kind. Grain: one row. Dialect: PostgreSQL.
INSERT INTO review_question (review_id, question, asked_of, asked_by, asked_at, due_at, duty_kind)
VALUES (:review_id, :question, :asked_of, :person, :at, :due_at, :duty_kind);
