-- Purpose: keep other processes from landing the same source until this connection ends.
-- Parameters: source_id. Grain: none. Dialect: PostgreSQL.
SELECT pg_advisory_lock(hashtextextended('intake:' || :source_id, 0));
