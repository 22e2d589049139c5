-- Purpose: clear the signals that end. Parameters: as_of. Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET state = 'cleared', cleared_on = greatest(signal.last_seen_on, cast(:as_of AS date)), version = signal.version + 1
FROM ended_signal
WHERE signal.signal_id = ended_signal.signal_id AND signal.state <> 'cleared'
RETURNING signal.signal_id, signal.customer_key, signal.rule_id, signal.severity;
