-- Purpose: customers per risk class
-- Parameters: none
-- Grain: one row per class code
-- Dialect: postgres
SELECT read_class(risk_class, valid_until, as_of) AS risk_class, count(*) AS customers FROM current_assessment
GROUP BY 1
ORDER BY 1
