-- Purpose: record a pull, whose mark the next one begins at. Parameters: source_id, connection, object, kind, paths, since, mark, base,
-- pages, extract, pulled_on, rows, changed, deleted, calls, credits, batch_id, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO crm_pull (source_id, connection, object, kind, paths, since, mark, base, pages, extract, pulled_on, rows, changed,
    deleted, calls, credits, batch_id, recorded_at)
VALUES (:source_id, :connection, :object, :kind, CAST(:paths AS text[]), :since, :mark, :base, CAST(:pages AS jsonb), :extract,
    :pulled_on, :rows, :changed, :deleted, :calls, :credits, :batch_id, :at)
RETURNING pull_id;
