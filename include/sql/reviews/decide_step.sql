-- Purpose: sign a step of an approval. Parameters: review_id, round, step, state, person, at, reason. Grain: one row.
-- Dialect: PostgreSQL.
UPDATE review_approval
SET state = :state, decided_by = :person, decided_at = :at, reason = :reason
WHERE review_id = :review_id AND round = :round AND step = :step AND state = 'open';
