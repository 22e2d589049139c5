-- Purpose: what a decision needs to know about a signal. Parameters: signal_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    signal.signal_id, signal.version, signal.state, signal.severity, signal.rule_id, signal.customer_key, signal.subject_type,
    signal.subject_id, signal.value, signal.line, signal.opened_on, signal.handler, signal.snoozed_by, signal.first_snoozed_on,
    customer.customer_id, customer.owner_user
FROM signal LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE signal.signal_id = :signal_id;
