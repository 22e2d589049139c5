-- Purpose: the signals somebody may see; those of one severity by their day. Parameters: states, severity, rule_id,
-- owner_users (each but states may be null), sort (a column); those of page.sql.
-- Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    signal.signal_id, signal.subject_type, signal.subject_id, signal.rule_id, signal.severity, signal.state, signal.opened_on,
    signal.last_seen_on, signal.value, signal.line, signal.handler, signal.snoozed_until, signal.outcome,
    customer.customer_key, customer.customer_id, coalesce(customer.name, signal.subject_id) AS name, customer.owner_user,
    CASE
        WHEN :sort = 'severity' THEN 1000000 * array_position(ARRAY['warning', 'alarm', 'emergency'], signal.severity)
            + (signal.opened_on - date '2000-01-01')
        WHEN :sort = 'opened_on' THEN signal.opened_on - date '2000-01-01'
        WHEN :sort = 'snoozed_until' THEN signal.snoozed_until - date '2000-01-01'
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'rule_id' THEN signal.rule_id
        WHEN :sort = 'name' THEN coalesce(customer.name, signal.subject_id)
        WHEN :sort = 'state' THEN signal.state
        WHEN :sort = 'owner_user' THEN customer.owner_user
        WHEN :sort = 'handler' THEN signal.handler
        ELSE ''
    END AS sort_text,
    signal.signal_id AS sort_key
FROM signal
LEFT JOIN customer ON signal.customer_key = customer.customer_key
WHERE
    signal.state = any(CAST(:states AS text []))
    AND (CAST(:severity AS text) IS NULL OR signal.severity = :severity)
    AND (CAST(:rule_id AS text) IS NULL OR signal.rule_id = :rule_id)
    AND (CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text [])));
