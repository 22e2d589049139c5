-- Purpose: read a batch's state and keep others from changing it until this transaction ends.
-- Parameters: batch_id. Grain: one row. Dialect: PostgreSQL.
SELECT state, problem FROM batch
WHERE batch_id = :batch_id FOR UPDATE;
