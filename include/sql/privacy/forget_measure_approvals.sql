-- Purpose: forget why people decided as they did about a customer's measures.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE measure_approval SET
    reason = :said || left(measure_approval.reason, 0), forgotten_at = :at
FROM measure
WHERE measure.measure_id = measure_approval.measure_id AND measure.customer_key = any(cast(:customer_keys AS bigint []))
    AND measure_approval.forgotten_at IS NULL;
