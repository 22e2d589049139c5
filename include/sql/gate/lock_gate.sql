-- Purpose: let one transaction at a time change what is in force. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240043);
