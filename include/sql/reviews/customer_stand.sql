-- Purpose: class and exposure a rhythm is judged by. Parameters: customer_key, on_day. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    acting_class(a.risk_class, a.valid_until, CAST(:on_day AS date)) AS risk_class,
    a.exposure,
    c.customer_key,
    c.customer_id
FROM current_assessment AS a
INNER JOIN customer AS c ON a.customer_key = c.customer_key AND c.merged_into IS NULL
WHERE a.customer_key = :customer_key;
