-- Purpose: let one transaction at a time make checkpoints; events are appended meanwhile. Parameters: none. Grain: one row.
-- Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240003);
