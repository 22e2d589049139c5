-- Purpose: the same for the assessments of some customers. Parameters: customers. Grain: one row per customer. Dialect: PostgreSQL.
CREATE TEMPORARY TABLE current_assessment ON COMMIT DROP AS
SELECT * FROM current_assessment
WHERE customer_key = ANY(CAST(:customers AS bigint[]));
