-- Purpose: say when a version of the register became known, and by which batch, if any. Parameters: version, at, batch_id.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO register_version (version, known_at, batch_id) VALUES (:version, :at, :batch_id);
