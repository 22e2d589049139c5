-- Purpose: agreed rhythms, newest first. Parameters: customer_key (NULL for all), how_many. Grain: one row per rhythm.
-- Dialect: PostgreSQL.
SELECT
    c.cadence_id,
    customer.customer_id,
    c.state,
    c.every_months,
    c.policy_months,
    c.valid_until,
    c.proposed_by,
    c.decided_by,
    c.reason
FROM review_cadence AS c
INNER JOIN customer ON c.customer_key = customer.customer_key
WHERE c.customer_key = coalesce(CAST(:customer_key AS bigint), c.customer_key)
ORDER BY c.cadence_id DESC
LIMIT :how_many;
