-- Purpose: list proposals with both accounts. Parameters: state (or NULL), proposal_id (or NULL), how_many.
-- Grain: one row per proposal, the surest first. Dialect: PostgreSQL.
SELECT proposal.proposal_id, proposal.state, proposal.version, proposal.score, proposal.evidence, proposal.proposed_at,
    proposal.decided_by, proposal.decided_at, proposal.reason, proposal.merge_id,
    one.system AS first_system, one.account_id AS first_id, one.name AS first_name, one.customer_key AS first_customer,
    other.system AS second_system, other.account_id AS second_id, other.name AS second_name, other.customer_key AS second_customer
FROM identity_proposal AS proposal
JOIN account AS one ON one.account_key = proposal.first_account
JOIN account AS other ON other.account_key = proposal.second_account
WHERE (CAST(:state AS text) IS NULL OR proposal.state = :state)
    AND (CAST(:proposal_id AS bigint) IS NULL OR proposal.proposal_id = :proposal_id)
ORDER BY proposal.score DESC, proposal.proposal_id
LIMIT :how_many;
