-- Purpose: forget why people put off or closed a customer's signals.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE signal SET
    snooze_reason = :said || left(signal.snooze_reason, 0), close_reason = :said || left(signal.close_reason, 0)
WHERE signal.customer_key = any(cast(:customer_keys AS bigint []));
