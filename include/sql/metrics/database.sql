-- Purpose: the size of riskreview's database and the number of its newest migration. Parameters: none. Grain: one row.
-- Dialect: PostgreSQL.
SELECT pg_database_size(current_database()) AS database_size_bytes, CAST(version_num AS integer) AS schema_version FROM schema_version;
