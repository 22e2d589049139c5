-- Purpose: how everything that hung on a customer stood at a moment, by its last event until then; what began later is not there.
-- Parameters: customer_key, until. Grain: one row per review, plan, step, signal or opinion, the one that moved last first.
-- Dialect: PostgreSQL.
WITH stood AS (
    SELECT DISTINCT ON (audit_event.subject_type, audit_event.subject_id)
        audit_event.subject_type, audit_event.subject_id, audit_event.action, audit_event.recorded_at, audit_event.actor,
        audit_event.seq, CASE WHEN audit_event.subject_id ~ '^\d{1,18}$' THEN CAST(audit_event.subject_id AS bigint) END AS number
    FROM subjects_of(:customer_key) AS subject
    INNER JOIN audit_event ON subject.subject_type = audit_event.subject_type AND subject.subject_id = audit_event.subject_id
    WHERE audit_event.action <> 'console:read' AND audit_event.subject_type <> 'customer' AND audit_event.recorded_at <= :until
    ORDER BY audit_event.subject_type, audit_event.subject_id, audit_event.seq DESC
)

SELECT
    stood.subject_type, stood.subject_id, stood.action, stood.recorded_at, stood.actor, stood.seq,
    coalesce(signal.rule_id, activation.playbook_id, review.period_key) AS what
FROM stood
LEFT JOIN signal ON stood.subject_type = 'signal' AND stood.number = signal.signal_id
LEFT JOIN activation ON stood.subject_type = 'activation' AND stood.number = activation.activation_id
LEFT JOIN review ON stood.subject_type = 'review' AND stood.number = review.review_id
ORDER BY stood.seq DESC
LIMIT 200;
