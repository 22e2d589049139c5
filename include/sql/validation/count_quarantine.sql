-- Purpose: count quarantined rows by source, data set and code. Parameters: state. Grain: one row per group.
-- Dialect: PostgreSQL.
SELECT source_id, dataset, code, count(*) AS row_count
FROM quarantine_row
WHERE state = :state
GROUP BY source_id, dataset, code
ORDER BY source_id, dataset, code;
