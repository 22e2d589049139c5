-- Purpose: rows in quarantine by source and code
-- Parameters: none
-- Grain: one row per source and code
-- Dialect: postgres
SELECT source_id, code, count(*) AS row_count FROM quarantine_row
GROUP BY source_id, code
ORDER BY source_id, code
