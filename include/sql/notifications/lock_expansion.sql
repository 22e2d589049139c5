-- Purpose: let one process at a time turn events into messages; the lock ends with the transaction. Parameters: none.
-- Grain: one row. Dialect: PostgreSQL.
SELECT pg_try_advisory_xact_lock(7240009) AS held;
