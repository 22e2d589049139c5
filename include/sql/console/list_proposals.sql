-- Purpose: one page of the identity proposals somebody may see, the newest first, or one of them. Parameters: state, proposal_id (each may be
-- null), names (owner names, null: all may be seen), before_id (null at first), how_many. Grain: one row per proposal. Dialect: PostgreSQL.
SELECT
    proposal.proposal_id, proposal.state, proposal.version, proposal.score, proposal.evidence, proposal.proposed_at, proposal.decided_by,
    proposal.decided_at, proposal.reason, one.name AS first_name, one.system || ' ' || one.account_id AS first_account,
    other.name AS second_name, other.system || ' ' || other.account_id AS second_account
FROM identity_proposal AS proposal
INNER JOIN account AS one ON proposal.first_account = one.account_key
INNER JOIN account AS other ON proposal.second_account = other.account_key
INNER JOIN customer AS first_customer ON one.customer_key = first_customer.customer_key
INNER JOIN customer AS second_customer ON other.customer_key = second_customer.customer_key
WHERE
    (CAST(:state AS text) IS NULL OR proposal.state = :state)
    AND (CAST(:proposal_id AS bigint) IS NULL OR proposal.proposal_id = :proposal_id)
    AND (CAST(:before_id AS bigint) IS NULL OR proposal.proposal_id < :before_id)
    AND (
        CAST(:names AS text []) IS NULL OR first_customer.owner_user = any(CAST(:names AS text []))
        OR second_customer.owner_user = any(CAST(:names AS text []))
    )
ORDER BY proposal.proposal_id DESC
LIMIT :how_many;
