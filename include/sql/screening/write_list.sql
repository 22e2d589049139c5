-- Purpose: record the version of a list. Parameters: list_id, digest, entries, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO screening_list (list_id, digest, entries, loaded_at) VALUES (:list_id, :digest, :entries, :at)
ON CONFLICT (list_id) DO UPDATE SET digest = excluded.digest, entries = excluded.entries, loaded_at = excluded.loaded_at;
