-- Purpose: what the measured data take on disk. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT pg_database_size(current_database()) AS bytes;
