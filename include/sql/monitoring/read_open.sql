-- Purpose: read the signals about assessed customers that are not cleared, for rules judged on the assessment. Parameters: none.
-- Grain: one row per signal. Dialect: PostgreSQL.
SELECT
    signal.signal_id, signal.customer_key, watched_rule.rule_number,
    CAST(CASE signal.severity WHEN 'emergency' THEN 3 WHEN 'alarm' THEN 2 ELSE 1 END AS smallint) AS severity,
    COALESCE(signal.value, 'NaN') AS value
FROM signal
INNER JOIN watched_rule ON signal.rule_id = watched_rule.rule_id
INNER JOIN current_assessment ON signal.customer_key = current_assessment.customer_key
WHERE signal.subject_type = 'customer' AND signal.state <> 'cleared';
