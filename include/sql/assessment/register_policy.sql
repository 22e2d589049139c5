-- Purpose: keep the text of a policy version at its first use; a known version is left alone.
-- Parameters: policy, version, digest, effective_from, content, at. Grain: one row per version. Dialect: PostgreSQL.
INSERT INTO policy_version (policy, version, digest, effective_from, content, first_used_at)
VALUES (:policy, :version, :digest, :effective_from, :content, :at)
ON CONFLICT (policy, version) DO NOTHING;
