-- Purpose: set how long this transaction waits for a lock, and let it hold the lock idly without an end. Parameters: wait, such as '900s'.
-- Grain: one row. Dialect: PostgreSQL.
SELECT set_config('lock_timeout', :wait, true), set_config('idle_in_transaction_session_timeout', '0', true);
