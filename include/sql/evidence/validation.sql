-- Purpose: the rows of deliveries that a check refused, by data set and rule. Parameters: batch (array).
-- Grain: one row per batch, data set, code, rule and state. Dialect: PostgreSQL.
SELECT
    'batch' AS subject_type, CAST(batch_id AS text) AS subject_id, batch_id, dataset, code, rule, column_name, state, count(*) AS rows
FROM quarantine_row
WHERE batch_id = ANY(CAST(:batch AS bigint []))
GROUP BY batch_id, dataset, code, rule, column_name, state
ORDER BY batch_id, dataset, code, rule, column_name, state;
