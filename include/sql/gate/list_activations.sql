-- Purpose: every version that was or will be in force, the newest first; which one is in force on a day, and who proposed and approved it.
-- Parameters: on_day. Grain: one row per activation. Dialect: PostgreSQL.
SELECT
    policy_activation.activation_id, policy_activation.set_digest, policy_set.risk_version, policy_activation.effective_from,
    policy_activation.proposal_id, policy_proposal.kind, policy_proposal.proposed_by, policy_proposal.decided_by,
    policy_activation.activated_by, policy_activation.activated_at,
    policy_activation.activation_id = (
        SELECT standing.activation_id FROM policy_activation AS standing
        WHERE standing.effective_from <= greatest(CAST(:on_day AS date), (SELECT min(first_day.effective_from) FROM policy_activation AS first_day))
        ORDER BY standing.effective_from DESC, standing.activation_id DESC
        LIMIT 1
    ) AS is_in_force
FROM policy_activation
INNER JOIN policy_set ON policy_activation.set_digest = policy_set.digest
LEFT JOIN policy_proposal ON policy_activation.proposal_id = policy_proposal.proposal_id
ORDER BY policy_activation.activation_id DESC;
