-- Purpose: who a customer is and how it is judged now. Parameters: customer_key. Grain: one row. Dialect: PostgreSQL.
SELECT
    customer.*,
    judged.as_of,
    judged.risk_class,
    judged.class_since,
    judged.index_points,
    judged.exposure,
    judged.overdue,
    judged.limit_amount
FROM customer
LEFT JOIN current_assessment AS judged ON judged.customer_key = customer.customer_key
WHERE customer.customer_key = :customer_key;
