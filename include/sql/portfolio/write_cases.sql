-- Purpose: list the active customers that were not assessed from fresh data, with the systems whose feeds are late.
-- Parameters: as_of, late (array of systems). Grain: one row per listed customer. Dialect: PostgreSQL.
INSERT INTO completeness_case (as_of, customer_key, reason, systems)
SELECT :as_of, active.customer_key, active.reason, coalesce(late.systems, '')
FROM active_customer AS active
LEFT JOIN (
    SELECT customer_key, string_agg(DISTINCT system, ', ' ORDER BY system) AS systems
    FROM account WHERE system = ANY(:late) GROUP BY customer_key
) AS late ON active.customer_key = late.customer_key AND active.reason = 'late_feed'
WHERE active.reason IS NOT NULL;
