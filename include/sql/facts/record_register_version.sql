-- Purpose: say when a version of the register became known. Parameters: version, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO register_version (version, known_at) VALUES (:version, :at);
