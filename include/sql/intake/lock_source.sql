-- Purpose: keep other processes from landing the same source until this transaction ends.
-- Parameters: source_id. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(hashtextextended('intake:' || :source_id, 0));
