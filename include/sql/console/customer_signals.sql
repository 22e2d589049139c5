-- Purpose: the signals of a customer, those that are open first, then the newest. Parameters: customer_key.
-- Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    signal.signal_id, signal.rule_id, signal.severity, signal.state, signal.opened_on, signal.last_seen_on, signal.handler
FROM signal
WHERE signal.customer_key = :customer_key
ORDER BY signal.state = 'cleared', signal.signal_id DESC
LIMIT 50;
