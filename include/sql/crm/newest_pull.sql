-- Purpose: the newest pull of a source, 0 without one. Parameters: source_id. Grain: one row. Dialect: PostgreSQL.
SELECT coalesce(max(pull_id), 0) AS pull_id
FROM crm_pull
WHERE source_id = :source_id;
