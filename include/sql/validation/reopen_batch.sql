-- Purpose: let a held batch be judged again. Parameters: batch_id. Grain: one row. Dialect: PostgreSQL.
UPDATE batch SET state = 'landed', problem = NULL
WHERE batch_id = :batch_id AND state = 'held';
