-- Purpose: store the verdict on a batch. Parameters: batch_id, state, counts, problem. Grain: one row. Dialect: PostgreSQL.
UPDATE batch
SET state = :state, counts = counts || CAST(:counts AS jsonb), problem = :problem
WHERE batch_id = :batch_id AND state IN ('landed', 'held', 'validated');
