-- Purpose: the opinions in force on a day, whatever became of them later, for the customers they are about now.
-- Parameters: on_day. Grain: one row per opinion. Dialect: PostgreSQL.
SELECT
    opinion.opinion_id, coalesce(customer.merged_into, opinion.customer_key) AS customer_key, opinion.kind, opinion.risk_class,
    opinion.known_alarms, opinion.known_floor, opinion.known_floor_code, opinion.effective_on, opinion.probation_days, opinion.state
FROM opinion
LEFT JOIN customer ON opinion.customer_key = customer.customer_key
WHERE
    opinion.effective_on <= cast(:on_day AS date) AND opinion.valid_until >= cast(:on_day AS date)
    AND (opinion.ended_on IS NULL OR opinion.ended_on > cast(:on_day AS date))
ORDER BY opinion.opinion_id;
