-- Purpose: let one process at a time read and renew a connection's token. Parameters: connection. Grain: none.
-- Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240006, hashtext(:connection));
