-- Purpose: signals. Parameters: signal (array). Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    'signal' AS subject_type, CAST(signal.signal_id AS text) AS subject_id, signal.signal_id, signal.customer_key, customer.customer_id,
    signal.rule_id, signal.severity, signal.state, signal.opened_on, signal.cleared_on, signal.value, signal.line
FROM signal LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE signal.signal_id = ANY(CAST(:signal AS bigint []))
ORDER BY signal.signal_id;
