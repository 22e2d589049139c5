-- Purpose: wait until nobody holds or awaits a stage's lock exclusively. Parameters: namespace, lock. Grain: one row. Dialect: PostgreSQL.
SELECT pg_advisory_xact_lock_shared(:namespace, :lock);
