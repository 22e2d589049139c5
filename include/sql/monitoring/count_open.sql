-- Purpose: count the signals that ask for attention: nobody closed them or put them off. Parameters: none. Grain: one row.
-- Dialect: PostgreSQL.
SELECT count(*) AS open FROM signal
WHERE state IN ('triggered', 'under_review', 'escalated');
