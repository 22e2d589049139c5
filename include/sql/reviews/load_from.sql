-- Purpose: how many open reviews fall due, by owner and day. Parameters: day (the first). Grain: one row per owner and day.
-- Dialect: PostgreSQL.
SELECT
    owner,
    due_on,
    count(*) AS reviews
FROM review
WHERE due_on >= :day AND state NOT IN ('closed', 'cancelled')
GROUP BY owner, due_on
ORDER BY owner, due_on;
