-- Purpose: open the next step of an approval. Parameters: measure_id, step, asked, duty_kind. Grain: one row. Dialect: PostgreSQL.
UPDATE measure_approval
SET state = 'open', asked = :asked, duty_kind = :duty_kind
WHERE measure_id = :measure_id AND step = :step;
