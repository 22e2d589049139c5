-- Purpose: the steps of all rounds of approval of a review, with what they were asked on. Parameters: review_id.
-- Grain: one row per step. Dialect: PostgreSQL.
SELECT round, step, roles, state, digest, basis, asked, decided_by, decided_at, reason
FROM review_approval WHERE review_id = :review_id ORDER BY round, step;
