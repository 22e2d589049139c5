-- Purpose: read public ids and classes of the customers people are told about. Parameters: keys.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT judged.customer_key, customer.customer_id, judged.risk_class
FROM current_assessment AS judged LEFT JOIN customer ON judged.customer_key = customer.customer_key
WHERE judged.customer_key = ANY(CAST(:keys AS bigint[]));
