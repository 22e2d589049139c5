-- Purpose: clear listed signals whose cause is gone. Parameters: subject_type, rule_id, kept (subjects that may not end),
-- among (customers whose signals may end, NULL = all), as_of.
-- Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET state = 'cleared', cleared_on = greatest(signal.last_seen_on, cast(:as_of AS date)), version = signal.version + 1
WHERE
    signal.subject_type = :subject_type AND signal.rule_id = :rule_id AND signal.state <> 'cleared'
    AND NOT (signal.subject_id = any(cast(:kept AS text[])))
    AND (cast(:among AS bigint[]) IS NULL OR signal.customer_key = any(cast(:among AS bigint[])))
RETURNING signal.signal_id, signal.customer_key, signal.rule_id, signal.severity;
