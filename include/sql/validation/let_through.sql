-- Purpose: source rows of a batch's data set that people let through so far. Parameters: batch_id, dataset.
-- Grain: one source row. Dialect: PostgreSQL.
SELECT source_row FROM quarantine_row
WHERE batch_id = :batch_id AND dataset = :dataset AND state IN ('released', 'redriven')
ORDER BY source_row;
