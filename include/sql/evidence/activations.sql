-- Purpose: activated plans. Parameters: activation (array). Grain: one row per activation. Dialect: PostgreSQL.
SELECT
    'activation' AS subject_type, CAST(activation_id AS text) AS subject_id, activation_id, customer_key, playbook_id, playbook_version,
    playbook_digest, rule_id, signal_id, state, owner, started_at, acknowledged_by, acknowledged_at, lessons, stand_down_reason, ended_at
FROM activation
WHERE activation_id = ANY(CAST(:activation AS bigint []))
ORDER BY activation_id;
