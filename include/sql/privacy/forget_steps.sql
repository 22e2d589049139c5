-- Purpose: forget what was written about the steps of a customer's emergency plans.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE step SET
    evidence = :said || left(step.evidence, 0), reason = :said || left(step.reason, 0)
FROM activation
WHERE activation.activation_id = step.activation_id AND activation.customer_key = any(cast(:customer_keys AS bigint []));
