-- Purpose: the refused rows of one state. Parameters: state, source_id and code (each may be null), sort (a column); those of page.sql.
-- Grain: one row per refused row. Dialect: PostgreSQL.
SELECT
    refused.quarantine_id, refused.batch_id, refused.source_id, refused.dataset, refused.line, refused.column_name, refused.code, refused.rule,
    refused.found, refused.repair, refused.state, refused.reason,
    CASE WHEN :sort = 'line' THEN refused.line ELSE 0 END AS sort_number,
    CASE
        WHEN :sort = 'source_id' THEN refused.source_id
        WHEN :sort = 'dataset' THEN refused.dataset
        WHEN :sort = 'column_name' THEN refused.column_name
        WHEN :sort = 'code' THEN refused.code
        WHEN :sort = 'found' THEN refused.found
        ELSE ''
    END AS sort_text,
    refused.quarantine_id AS sort_key
FROM quarantine_row AS refused
WHERE
    refused.state = :state
    AND (CAST(:source_id AS text) IS NULL OR refused.source_id = :source_id)
    AND (CAST(:code AS text) IS NULL OR refused.code = :code);
