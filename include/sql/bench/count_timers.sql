-- Purpose: how many timers run. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) FROM duty
WHERE state = 'open' AND next_at IS NOT NULL;
