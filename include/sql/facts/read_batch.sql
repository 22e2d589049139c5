-- Purpose: read a batch that may be published. Parameters: batch_id. Grain: one row. Dialect: PostgreSQL.
SELECT batch_id, source_id, system, stage, as_of, received_at, state FROM batch WHERE batch_id = :batch_id;
