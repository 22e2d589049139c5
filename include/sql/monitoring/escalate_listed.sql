-- Purpose: raise the severity of listed signals that got worse. Parameters: subject_type, rule_id, as_of.
-- Grain: one row per signal. Dialect: PostgreSQL.
UPDATE signal
SET
    severity = listed.severity, evidence = listed.evidence, version = signal.version + 1,
    last_seen_on = greatest(signal.last_seen_on, cast(:as_of AS date))
FROM listed_finding AS listed
WHERE
    signal.subject_type = :subject_type AND signal.subject_id = listed.subject_id AND signal.rule_id = :rule_id
    AND signal.state <> 'cleared' AND signal.severity = 'warning' AND listed.severity <> 'warning'
RETURNING signal.signal_id, signal.customer_key, signal.rule_id, signal.severity;
