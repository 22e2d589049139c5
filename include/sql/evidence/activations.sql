-- Purpose: activated plans. Parameters: activation (array). Grain: one row per activation. Dialect: PostgreSQL.
SELECT
    'activation' AS subject_type, CAST(activation.activation_id AS text) AS subject_id, activation.activation_id, activation.customer_key,
    customer.customer_id, activation.playbook_id, activation.playbook_version, activation.playbook_digest, activation.rule_id,
    activation.signal_id, activation.state, activation.owner, activation.started_at, activation.acknowledged_by, activation.acknowledged_at,
    activation.lessons, activation.stand_down_reason, activation.ended_at
FROM activation LEFT JOIN customer ON activation.customer_key = customer.customer_key
WHERE activation.activation_id = ANY(CAST(:activation AS bigint []))
ORDER BY activation.activation_id;
