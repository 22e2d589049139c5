-- Purpose: pulls for people, newest first. Parameters: limit. Grain: one row per pull. Dialect: PostgreSQL.
SELECT pull_id, source_id, connection, object, kind, mark, rows, changed, deleted, calls, credits, batch_id, extract
FROM crm_pull
ORDER BY pull_id DESC
LIMIT :limit;
