-- Purpose: open the next step of an approval. Parameters: review_id, round, step, asked, duty_kind. Grain: one row.
-- Dialect: PostgreSQL.
UPDATE review_approval
SET state = 'open', asked = :asked, duty_kind = :duty_kind
WHERE review_id = :review_id AND round = :round AND step = :step AND state = 'waiting';
