-- Purpose: keep the exact playbooks that activations pin. Parameters: rows (JSON array), at. Grain: one row per
-- digest. Dialect: PostgreSQL.
INSERT INTO playbook_document (digest, playbook_id, playbook_version, document, first_used_at)
SELECT r.digest, r.playbook_id, r.playbook_version, r.document, CAST(:at AS timestamptz) AS first_used_at
FROM JSONB_TO_RECORDSET(CAST(:rows AS jsonb)) AS r (digest text, playbook_id text, playbook_version text, document jsonb)
ON CONFLICT (digest) DO NOTHING;
