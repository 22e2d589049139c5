-- Purpose: open listed signals that are new. Parameters: subject_type, rule_id, as_of, run_id.
-- Grain: one row per opened signal. Dialect: PostgreSQL.
INSERT INTO signal (
    subject_type, subject_id, customer_key, rule_id, severity, opened_on, last_seen_on, evidence, run_id
)
SELECT
    :subject_type AS subject_type, listed.subject_id, listed.customer_key, :rule_id AS rule_id, listed.severity,
    CAST(:as_of AS date) AS opened_on, CAST(:as_of AS date) AS last_seen_on, listed.evidence, CAST(:run_id AS bigint) AS run_id
FROM listed_finding AS listed
WHERE
    NOT EXISTS (
        SELECT 1 FROM signal
        WHERE
            signal.subject_type = :subject_type AND signal.subject_id = listed.subject_id AND signal.rule_id = :rule_id
            AND signal.state <> 'cleared'
    )
ORDER BY listed.subject_id
ON CONFLICT (subject_type, subject_id, rule_id) WHERE state <> 'cleared' DO NOTHING
RETURNING signal_id, customer_key, rule_id, severity;
