-- Purpose: the opinions to the better about customers with a new signal, made on facts from before the day of the signal.
-- Parameters: customer_keys (array), on_day. Grain: one row per opinion. Dialect: PostgreSQL.
SELECT opinion.opinion_id FROM opinion
WHERE
    opinion.customer_key = any(cast(:customer_keys AS bigint [])) AND opinion.kind = 'better'
    AND opinion.state IN ('proposed', 'approved', 'active') AND opinion.assessed_on < cast(:on_day AS date)
ORDER BY opinion.opinion_id;
