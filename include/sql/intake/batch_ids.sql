-- Purpose: every batch's id, to tell staged folders that belong to none. Parameters: none. Grain: batch. Dialect: PostgreSQL.
SELECT batch_id FROM batch;
