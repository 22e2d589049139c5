-- Purpose: messages per state
-- Parameters: none
-- Grain: one row per state
-- Dialect: postgres
SELECT state, count(*) AS messages FROM message
GROUP BY state
ORDER BY state
