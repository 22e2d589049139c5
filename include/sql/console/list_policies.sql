-- Purpose: the policy versions that were used, newest first. Parameters: none. Grain: one row per version. Dialect: PostgreSQL.
SELECT policy_version.policy, policy_version.version, policy_version.digest, policy_version.first_used_at
FROM policy_version
ORDER BY policy_version.first_used_at DESC, policy_version.policy;
