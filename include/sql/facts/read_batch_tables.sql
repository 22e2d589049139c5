-- Purpose: the tables that hold rows of some batches, with their present version. Parameters: batch_ids.
-- Grain: one row per table. Dialect: PostgreSQL.
SELECT fact_table.dataset, fact_table.version
FROM fact_table
WHERE
    fact_table.dataset IN (
        SELECT fact_batch.dataset FROM fact_batch
        WHERE fact_batch.batch_id = ANY(CAST(:batch_ids AS bigint[])) AND fact_batch.rows_appended > 0
    );
