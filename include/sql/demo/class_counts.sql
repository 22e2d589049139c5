-- Purpose: customers per risk class
-- Parameters: none
-- Grain: one row per class code
-- Dialect: postgres
SELECT risk_class, count(*) AS customers FROM current_assessment
GROUP BY risk_class
ORDER BY risk_class
