-- Purpose: a proposal with the version and the back-test it is about. Parameters: proposal_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    policy_proposal.proposal_id, policy_proposal.kind, policy_proposal.state, policy_proposal.version, policy_proposal.set_digest,
    policy_proposal.base_digest, policy_proposal.backtest_id, policy_proposal.bound_digest, policy_proposal.effective_from,
    policy_proposal.reason, policy_proposal.proposed_by, policy_proposal.proposed_at, policy_proposal.decided_by, policy_proposal.decided_at,
    policy_proposal.decision_reason, policy_proposal.ended_by, policy_proposal.end_reason, policy_set.risk_version,
    policy_backtest.as_of, policy_backtest.customers, policy_backtest.exposure, policy_backtest.digest AS report_digest,
    policy_backtest.is_point_in_time
FROM policy_proposal
INNER JOIN policy_set ON policy_proposal.set_digest = policy_set.digest
LEFT JOIN policy_backtest ON policy_proposal.backtest_id = policy_backtest.backtest_id
WHERE policy_proposal.proposal_id = :proposal_id;
