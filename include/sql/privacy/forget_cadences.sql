-- Purpose: forget why people agreed on another rhythm for a customer.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_cadence SET
    reason = :said, decision_reason = :said || left(review_cadence.decision_reason, 0)
WHERE review_cadence.customer_key = any(cast(:customer_keys AS bigint []));
