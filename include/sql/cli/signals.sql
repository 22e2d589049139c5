-- Purpose: the signals of a customer, newest first. Parameters: customer_key. Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    signal.signal_id,
    signal.rule_id,
    signal.severity,
    signal.state,
    signal.opened_on,
    signal.last_seen_on,
    signal.value,
    signal.line,
    signal.handler,
    signal.snoozed_until,
    signal.snoozed_by,
    signal.snooze_reason,
    signal.outcome,
    signal.closed_by,
    signal.closed_on
FROM signal
WHERE signal.customer_key = :customer_key
ORDER BY signal.signal_id DESC;
