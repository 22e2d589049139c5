-- Purpose: keep an answer in place of an earlier one. Parameters: review_id, item_id, answer, note, evidence, person, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO review_answer (review_id, item_id, answer, note, evidence, answered_by, answered_at)
VALUES (:review_id, :item_id, :answer, :note, :evidence, :person, :at)
ON CONFLICT (review_id, item_id) DO UPDATE SET
    answer = excluded.answer, note = excluded.note, evidence = excluded.evidence, answered_by = excluded.answered_by,
    answered_at = excluded.answered_at;
