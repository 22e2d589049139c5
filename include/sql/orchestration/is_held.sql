-- Purpose: tell whether some transaction holds a stage's lock exclusively.
-- Parameters: namespace, lock. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1
    FROM pg_locks
    WHERE locktype = 'advisory' AND classid = :namespace AND objid = :lock AND objsubid = 2
        AND mode = 'ExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
);
