-- Purpose: keep a set of policy files; one that is known is left alone.
-- Parameters: digest, files, risk_version, person, at. Grain: one row per set. Dialect: PostgreSQL.
INSERT INTO policy_set (digest, files, risk_version, kept_by, kept_at)
VALUES (:digest, CAST(:files AS jsonb), :risk_version, :person, :at)
ON CONFLICT (digest) DO NOTHING;
