-- Purpose: wait for the exclusive advisory lock of a stage; the transaction holds it until it ends.
-- Parameters: namespace, lock. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock(:namespace, :lock);
