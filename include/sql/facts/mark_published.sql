-- Purpose: move a validated batch to published. Parameters: batch_id. Grain: one row. Dialect: PostgreSQL.
UPDATE batch SET state = 'published' WHERE batch_id = :batch_id AND state = 'validated';
