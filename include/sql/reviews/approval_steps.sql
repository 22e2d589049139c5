-- Purpose: the steps of one round of approval. Parameters: review_id, round. Grain: one row per step, in order.
-- Dialect: PostgreSQL.
SELECT
    step,
    roles,
    state,
    asked,
    duty_kind,
    decided_by,
    decided_at,
    reason
FROM review_approval
WHERE review_id = :review_id AND round = :round
ORDER BY step;
