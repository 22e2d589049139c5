-- Purpose: remove the old assessments of customers that have a new one. Parameters: none. Grain: one row per customer.
-- Dialect: PostgreSQL.
DELETE FROM current_assessment
USING assessed_row
WHERE current_assessment.customer_key = assessed_row.customer_key;
