-- Purpose: every proposal, the newest first. Parameters: none. Grain: one row per proposal. Dialect: PostgreSQL.
SELECT
    policy_proposal.proposal_id, policy_proposal.kind, policy_proposal.state, policy_set.risk_version, policy_proposal.set_digest,
    policy_proposal.backtest_id, policy_proposal.effective_from, policy_proposal.proposed_by, policy_proposal.proposed_at,
    policy_proposal.decided_by, policy_proposal.reason
FROM policy_proposal
INNER JOIN policy_set ON policy_proposal.set_digest = policy_set.digest
ORDER BY policy_proposal.proposal_id DESC;
