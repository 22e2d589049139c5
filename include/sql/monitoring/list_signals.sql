-- Purpose: list signals, the most severe first, of those the oldest. Parameters: customer_key, state, severity, rule_id,
-- owner_users (each may be null), undecided (states shown when no state is asked for), how_many. Grain: one row per signal.
-- Dialect: PostgreSQL.
SELECT
    signal.signal_id, coalesce(customer.customer_id, signal.subject_id) AS subject, signal.subject_type, signal.rule_id,
    signal.severity, signal.state, signal.opened_on, signal.last_seen_on, signal.value, signal.line, signal.handler,
    signal.snoozed_until, signal.snoozed_by, signal.snooze_reason, signal.outcome, signal.closed_by, signal.closed_on,
    signal.close_reason, customer.owner_user
FROM signal LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE
    (CAST(:customer_key AS bigint) IS NULL OR signal.customer_key = :customer_key)
    AND signal.state = any(CASE WHEN CAST(:state AS text) IS NULL THEN CAST(:undecided AS text []) ELSE ARRAY[:state] END)
    AND (CAST(:severity AS text) IS NULL OR signal.severity = :severity)
    AND (CAST(:rule_id AS text) IS NULL OR signal.rule_id = :rule_id)
    AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])))
ORDER BY array_position(ARRAY['emergency', 'alarm', 'warning'], signal.severity), signal.opened_on, signal.signal_id
LIMIT :how_many;
