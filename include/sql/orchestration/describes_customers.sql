-- Purpose: tell whether some batches say who a customer is. Parameters: batches. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1 FROM fact_batch
    WHERE batch_id = ANY(CAST(:batches AS bigint[])) AND dataset = 'customers' AND rows_appended > 0
) AS describes;
