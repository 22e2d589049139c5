-- Purpose: list quarantined rows page by page; a null parameter does not filter.
-- Parameters: batch_id, source_id, dataset, code, state, after_id, row_limit. Grain: one refused row. Dialect: PostgreSQL.
SELECT
    quarantine_id, batch_id, source_id, dataset, source_row, line, column_name, code, rule, found, repair, record, state,
    reason, created_at
FROM quarantine_row
WHERE
    quarantine_id > :after_id
    AND (CAST(:batch_id AS bigint) IS NULL OR batch_id = :batch_id)
    AND (CAST(:source_id AS text) IS NULL OR source_id = :source_id)
    AND (CAST(:dataset AS text) IS NULL OR dataset = :dataset)
    AND (CAST(:code AS text) IS NULL OR code = :code)
    AND (CAST(:state AS text) IS NULL OR state = :state)
ORDER BY quarantine_id
LIMIT :row_limit;
