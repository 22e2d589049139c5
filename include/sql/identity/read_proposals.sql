-- Purpose: read the proposals between accounts, with the customers these belong to now. Parameters: account_keys (array).
-- Grain: one row per proposal. Dialect: PostgreSQL.
SELECT proposal.proposal_id, proposal.first_account, proposal.second_account, proposal.state, proposal.version,
    proposal.evidence_digest, one.customer_key = other.customer_key AS is_one
FROM identity_proposal AS proposal
JOIN account AS one ON one.account_key = proposal.first_account
JOIN account AS other ON other.account_key = proposal.second_account
WHERE proposal.first_account = ANY(:account_keys) OR proposal.second_account = ANY(:account_keys)
ORDER BY proposal.proposal_id;
