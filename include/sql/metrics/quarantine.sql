-- Purpose: rows that wait in quarantine, and since when the oldest does. Parameters: now. Grain: one row per source with such rows.
-- Dialect: PostgreSQL.
WITH waiting AS (
    SELECT source_id, count(*) AS found, min(quarantine_id) AS oldest FROM quarantine_row
    WHERE state = 'quarantined'
    GROUP BY source_id
)

SELECT
    waiting.source_id AS source, waiting.found AS quarantined_rows,
    extract(EPOCH FROM :now - quarantine_row.created_at) AS quarantine_oldest_seconds
FROM waiting INNER JOIN quarantine_row ON waiting.oldest = quarantine_row.quarantine_id
ORDER BY waiting.source_id;
