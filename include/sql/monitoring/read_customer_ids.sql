-- Purpose: read public ids and classes of the customers people are told about. Parameters: keys, on_day.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    judged.customer_key, customer.customer_id,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class,
    acting_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS acting_class
FROM current_assessment AS judged LEFT JOIN customer ON judged.customer_key = customer.customer_key
WHERE judged.customer_key = ANY(CAST(:keys AS bigint[]));
