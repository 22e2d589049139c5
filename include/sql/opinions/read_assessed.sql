-- Purpose: what the current assessment says of one customer, as far as an opinion rests on it.
-- Parameters: customer_key, on_day. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    judged.customer_key,
    coalesce(customer.customer_id, cast(judged.customer_key AS text)) AS customer_id,
    judged.as_of AS assessed_on,
    read_class(judged.risk_class, judged.valid_until, cast(:on_day AS date)) AS risk_class,
    judged.valid_until < cast(:on_day AS date) AS is_expired,
    judged.class_without_opinion AS class_without,
    judged.alarms,
    judged.floor_class,
    judged.floor_code
FROM current_assessment AS judged
LEFT JOIN customer ON judged.customer_key = customer.customer_key
WHERE judged.customer_key = :customer_key;
