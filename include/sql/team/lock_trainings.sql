-- Purpose: let one process at a time assign and record trainings, until the transaction ends. Parameters: none. Grain: none.
-- Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240041);
