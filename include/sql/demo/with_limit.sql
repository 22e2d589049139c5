-- Purpose: customers whose current assessment knows a credit limit
-- Parameters: none
-- Grain: one row
-- Dialect: postgres
SELECT count(*) AS customers FROM current_assessment
WHERE limit_amount > 0
