-- Purpose: high-risk customers without an open review and without one in the longest interval any line of policy allows (C2).
-- Parameters: as_of, interval_months, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(judged.customer_key AS text) AS subject, count(*) OVER () AS broken
FROM current_assessment AS judged
INNER JOIN customer ON judged.customer_key = customer.customer_key
LEFT JOIN (
    SELECT
        review.customer_key, max(review.opened_on) AS opened_on,
        bool_or(review.state NOT IN ('closed', 'cancelled')) AS is_open
    FROM review GROUP BY review.customer_key
) AS known ON judged.customer_key = known.customer_key
WHERE
    customer.merged_into IS NULL AND judged.class_since < CAST(:as_of AS date) - 2
    AND acting_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)) >= 3
    AND NOT coalesce(known.is_open, false)
    AND coalesce(known.opened_on, date '0001-01-01') + make_interval(months => CAST(:interval_months AS integer))
    < CAST(:as_of AS date) - 31
ORDER BY judged.customer_key
LIMIT :how_many;
