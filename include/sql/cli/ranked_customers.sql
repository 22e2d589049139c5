-- Purpose: customers from a class on as they are judged now, the worst first; one that is out of date is found by its last class, which it
-- may have left only for a worse one. Parameters: from_class, on_day, how_many, rate_missing (bit of that flag).
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer.customer_key,
    customer.customer_id,
    customer.name,
    read_class(assessed.risk_class, assessed.valid_until, CAST(:on_day AS date)) AS risk_class,
    assessed.risk_class AS last_class,
    assessed.valid_until,
    assessed.class_since,
    assessed.index_points,
    assessed.exposure,
    assessed.overdue,
    (assessed.flags & :rate_missing) <> 0 AS in_part
FROM current_assessment AS assessed
INNER JOIN customer ON assessed.customer_key = customer.customer_key
WHERE customer.merged_into IS NULL AND assessed.risk_class >= :from_class
ORDER BY assessed.risk_class DESC, assessed.exposure DESC, customer.customer_key DESC
LIMIT :how_many;
