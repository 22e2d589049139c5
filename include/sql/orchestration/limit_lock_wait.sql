-- Purpose: set how long this session waits for a lock. Parameters: wait, such as '900s'. Grain: one row. Dialect: PostgreSQL.
SELECT set_config('lock_timeout', :wait, false);
