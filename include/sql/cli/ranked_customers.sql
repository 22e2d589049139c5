-- Purpose: customers from a class on as they are judged now, the worst first. Parameters: from_class (read
-- on the day), on_day, how_many. Grain: one row per customer. Dialect: PostgreSQL.
WITH judged AS (
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
        assessed.overdue
    FROM current_assessment AS assessed
    INNER JOIN customer ON assessed.customer_key = customer.customer_key
    WHERE customer.merged_into IS NULL
)

SELECT *
FROM judged
WHERE risk_class >= :from_class OR (risk_class = 0 AND last_class >= :from_class)
ORDER BY last_class DESC, exposure DESC, customer_key ASC
LIMIT :how_many;
