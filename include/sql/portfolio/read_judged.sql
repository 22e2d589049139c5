-- Purpose: read class, exposure and the model's probability (NaN = none) of everybody in the current assessment. Parameters: none.
-- Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT customer_key, risk_class, exposure, coalesce(CAST(model_pd AS float8), 'NaN') AS probability
FROM current_assessment ORDER BY customer_key;
