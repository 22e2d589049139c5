-- Purpose: count the signals that ask for attention. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS open FROM signal
WHERE state NOT IN ('dismissed', 'cleared');
