-- Purpose: put loaded rows into quarantine; a row that is there stays as it is. Parameters: batch_id, source_id, at.
-- Grain: one row per batch, data set and source row. Dialect: PostgreSQL.
INSERT INTO quarantine_row (
    batch_id, source_id, dataset, source_row, line, column_name, code, rule, found, repair, record, created_at
)
SELECT
    :batch_id, :source_id, dataset, source_row, line, column_name, code, rule, found, repair, record,
    CAST(:at AS timestamptz) AS created_at
FROM quarantine_copy
ORDER BY dataset, source_row
ON CONFLICT (batch_id, dataset, source_row) DO NOTHING;
