-- Purpose: remove the assessments of customers that some others took over. Parameters: customers. Grain: one row per customer.
-- Dialect: PostgreSQL.
DELETE FROM current_assessment
USING customer
WHERE
    current_assessment.customer_key = customer.customer_key AND customer.merged_into = ANY(CAST(:customers AS bigint[]));
