-- Purpose: start playbooks; one that is active for the customer, or was activated for this trigger, is left alone.
-- Parameters: rows (JSON array), at, as_of, run_id. Grain: one row per activation started. Dialect: PostgreSQL.
INSERT INTO activation (
    playbook_id, playbook_version, playbook_digest, customer_key, signal_id, rule_id, trigger_key, state, owner, deputy,
    started_at, started_on, calendar_incomplete, run_id
)
SELECT
    r.playbook_id, r.playbook_version, r.playbook_digest, r.customer_key, r.signal_id, r.rule_id, r.trigger_key,
    'triggered' AS state, r.owner, r.deputy, CAST(:at AS timestamptz) AS started_at, CAST(:as_of AS date) AS started_on,
    r.calendar_incomplete, CAST(:run_id AS bigint) AS run_id
FROM JSONB_TO_RECORDSET(CAST(:rows AS jsonb)) AS r (
    playbook_id text, playbook_version text, playbook_digest text, customer_key bigint, signal_id bigint, rule_id text,
    trigger_key text, owner text, deputy text, calendar_incomplete boolean
)
ORDER BY r.customer_key, r.playbook_id
ON CONFLICT DO NOTHING
RETURNING activation_id, playbook_id, customer_key;
