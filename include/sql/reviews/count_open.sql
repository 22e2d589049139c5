-- Purpose: how many reviews are not finished. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT count(*) FROM review
WHERE state NOT IN ('closed', 'cancelled');
