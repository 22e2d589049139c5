-- Purpose: list the batches that are facts. Parameters: none. Grain: one row per batch. Dialect: PostgreSQL.
SELECT DISTINCT batch_id FROM fact_batch;
