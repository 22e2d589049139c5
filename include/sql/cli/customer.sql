-- Purpose: who a customer is and how it is judged now. Parameters: customer_key, on_day. Grain: one row. Dialect: PostgreSQL.
SELECT
    customer.*,
    judged.as_of,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class,
    judged.risk_class AS last_class,
    judged.class_since,
    judged.valid_until,
    judged.index_points,
    judged.exposure,
    judged.overdue,
    judged.limit_amount,
    judged.unapplied
FROM customer
LEFT JOIN current_assessment AS judged ON judged.customer_key = customer.customer_key
WHERE customer.customer_key = :customer_key;
