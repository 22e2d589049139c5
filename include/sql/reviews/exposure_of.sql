-- Purpose: the exposure an approval is measured by. Parameters: customer_key. Grain: at most one row. Dialect: PostgreSQL.
SELECT exposure FROM current_assessment
WHERE customer_key = :customer_key;
