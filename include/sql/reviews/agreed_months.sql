-- Purpose: the rhythms people agreed on for single customers. Parameters: none. Grain: one row per rhythm. Dialect: PostgreSQL.
SELECT DISTINCT every_months FROM review_cadence
WHERE state = 'active'
ORDER BY every_months;
