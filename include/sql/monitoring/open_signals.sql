-- Purpose: open the new signals. Parameters: as_of, run_id. Grain: one row per opened signal. Dialect: PostgreSQL.
INSERT INTO signal (
    subject_type, subject_id, customer_key, rule_id, severity, opened_on, last_seen_on, value, line, evidence, run_id
)
SELECT
    'customer' AS subject_type, CAST(found.customer_key AS text) AS subject_id, found.customer_key, watched.rule_id,
    (ARRAY['warning', 'alarm', 'emergency'])[found.severity] AS severity, CAST(:as_of AS date) AS opened_on,
    CAST(:as_of AS date) AS last_seen_on, found.value, found.line,
    JSONB_BUILD_OBJECT(
        'as_of', judged.as_of, 'assessment_run', judged.run_id, 'risk_class',
        read_class(judged.risk_class, judged.valid_until, CAST(:as_of AS date)),
        'index', ROUND(CAST(judged.index_points AS numeric), 2)
    ) AS evidence, CAST(:run_id AS bigint) AS run_id
FROM found_signal AS found
INNER JOIN watched_rule AS watched ON found.rule_number = watched.rule_number
INNER JOIN current_assessment AS judged ON found.customer_key = judged.customer_key
WHERE found.act = 1
ORDER BY found.rule_number, found.customer_key
ON CONFLICT (subject_type, subject_id, rule_id) WHERE state <> 'cleared' DO NOTHING
RETURNING signal_id, customer_key, rule_id, severity;
