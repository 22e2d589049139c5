-- Purpose: the version of the policy in force on a day, and since which day it is. Parameters: today. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT
    policy_set.risk_version AS version, left(policy_set.digest, 12) AS digest, 1 AS policy_in_force,
    extract(EPOCH FROM CAST(policy_activation.effective_from AS timestamptz)) AS policy_in_force_since_timestamp_seconds
FROM policy_activation INNER JOIN policy_set ON policy_activation.set_digest = policy_set.digest
WHERE policy_activation.effective_from <= greatest(:today, (SELECT min(first_day.effective_from) FROM policy_activation AS first_day))
ORDER BY policy_activation.effective_from DESC, policy_activation.activation_id DESC
LIMIT 1;
