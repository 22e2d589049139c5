-- Purpose: record what a batch appended to a table; a second publication of released rows adds to it: ``version`` stays
-- that of the first, by which pinned reads know the batch, ``added_version`` is that of the rows added last.
-- Parameters: batch_id, dataset, source_id, system, kind, as_of, known_at, version, rows_appended, at.
-- Grain: one row per batch and data set. Dialect: PostgreSQL.
INSERT INTO fact_batch (batch_id, dataset, source_id, system, kind, as_of, known_at, version, rows_appended, published_at)
VALUES (:batch_id, :dataset, :source_id, :system, :kind, :as_of, :known_at, :version, :rows_appended, :at)
ON CONFLICT (batch_id, dataset) DO UPDATE SET
    rows_appended = fact_batch.rows_appended + EXCLUDED.rows_appended,
    added_version = CASE WHEN EXCLUDED.rows_appended > 0 THEN EXCLUDED.version ELSE fact_batch.added_version END;
