-- Purpose: let one assessment at a time replace the current one, also the very first. Parameters: none.
-- Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240005);
