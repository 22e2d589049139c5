-- Purpose: sign a step of an approval. Parameters: measure_id, step, state, person, at, reason. Grain: one row. Dialect: PostgreSQL.
UPDATE measure_approval
SET state = :state, decided_by = :person, decided_at = :at, reason = :reason
WHERE measure_id = :measure_id AND step = :step;
