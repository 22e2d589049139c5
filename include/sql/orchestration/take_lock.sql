-- Purpose: wait for the exclusive advisory lock of a stage; the session holds it until it ends.
-- Parameters: namespace, lock. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_lock(:namespace, :lock);
