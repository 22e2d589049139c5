-- Purpose: the newest pull of a source, if it read the same fields of the same object over the same connection.
-- Parameters: source_id, connection, object, paths. Grain: at most one row. Dialect: PostgreSQL.
SELECT newest.*, whole.mark AS full_at
FROM (SELECT * FROM crm_pull WHERE source_id = :source_id ORDER BY pull_id DESC LIMIT 1) AS newest
CROSS JOIN LATERAL (
    SELECT mark FROM crm_pull
    WHERE source_id = :source_id AND kind = 'full' AND pull_id <= newest.pull_id
    ORDER BY pull_id DESC
    LIMIT 1
) AS whole
WHERE newest.connection = :connection AND newest.object = :object AND newest.paths = CAST(:paths AS text[]);
