-- Purpose: let one pass over the signals run at a time. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(7240006);
