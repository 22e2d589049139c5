-- Purpose: keep a page from occupying the database, neither for long nor with more than one of its processes. Parameters: none.
-- Grain: one row. Dialect: PostgreSQL.
SELECT set_config('statement_timeout', '15s', true) AS longest, set_config('max_parallel_workers_per_gather', '0', true) AS helpers;
