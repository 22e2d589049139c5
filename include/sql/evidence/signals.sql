-- Purpose: signals. Parameters: signal (array). Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    'signal' AS subject_type, CAST(signal_id AS text) AS subject_id, signal_id, customer_key, rule_id, severity, state, opened_on, cleared_on,
    value, line
FROM signal
WHERE signal_id = ANY(CAST(:signal AS bigint []))
ORDER BY signal_id;
