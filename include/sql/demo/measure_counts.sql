-- Purpose: measures per state
-- Parameters: none
-- Grain: one row per state
-- Dialect: postgres
SELECT state, count(*) AS measures FROM measure
GROUP BY state
ORDER BY state
