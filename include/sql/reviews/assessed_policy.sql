-- Purpose: the policy the current classes were judged by, as it was stored then. Parameters: none.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT policy_version.content
FROM assessment_head
INNER JOIN policy_version ON assessment_head.policy_digest = policy_version.digest
ORDER BY policy_version.policy, policy_version.version
LIMIT 1;
