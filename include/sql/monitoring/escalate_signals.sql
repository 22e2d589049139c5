-- Purpose: raise the severity of signals that got worse. Parameters: as_of.
-- Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET
    severity = (ARRAY['warning', 'alarm', 'emergency'])[found.severity], value = found.value, line = found.line,
    last_seen_on = greatest(signal.last_seen_on, cast(:as_of AS date)), version = signal.version + 1
FROM found_signal AS found
INNER JOIN watched_rule AS watched ON found.rule_number = watched.rule_number
WHERE
    found.act = 2 AND signal.customer_key = found.customer_key AND signal.rule_id = watched.rule_id
    AND signal.subject_type = 'customer' AND signal.state <> 'cleared'
RETURNING signal.signal_id, signal.customer_key, signal.rule_id, signal.severity;
