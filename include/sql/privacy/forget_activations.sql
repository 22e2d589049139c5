-- Purpose: forget what was written about a customer's emergency plans.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE activation SET
    lessons = :said || left(activation.lessons, 0), stand_down_reason = :said || left(activation.stand_down_reason, 0),
    policy_change = :said || left(activation.policy_change, 0)
WHERE activation.customer_key = any(cast(:customer_keys AS bigint []));
