-- Purpose: the identity proposals somebody may see, or one of them. Parameters: state, proposal_id (each may be null), names (owner names,
-- null: all may be seen), sort (a column); those of page.sql. Grain: one row per proposal. Dialect: PostgreSQL.
SELECT
    proposal.proposal_id, proposal.state, proposal.version, proposal.score, proposal.evidence, proposal.proposed_at, proposal.decided_by,
    proposal.decided_at, proposal.reason, one.name AS first_name, one.system || ' ' || one.account_id AS first_account,
    other.name AS second_name, other.system || ' ' || other.account_id AS second_account,
    CASE
        WHEN :sort = 'alike_pct' THEN proposal.score
        WHEN :sort = 'proposed_at' THEN extract(EPOCH FROM proposal.proposed_at)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'first_name' THEN one.name
        WHEN :sort = 'first_account' THEN one.system || ' ' || one.account_id
        WHEN :sort = 'second_name' THEN other.name
        WHEN :sort = 'second_account' THEN other.system || ' ' || other.account_id
        WHEN :sort = 'state' THEN proposal.state
        ELSE ''
    END AS sort_text,
    proposal.proposal_id AS sort_key
FROM identity_proposal AS proposal
INNER JOIN account AS one ON proposal.first_account = one.account_key
INNER JOIN account AS other ON proposal.second_account = other.account_key
INNER JOIN customer AS first_customer ON one.customer_key = first_customer.customer_key
INNER JOIN customer AS second_customer ON other.customer_key = second_customer.customer_key
WHERE
    (CAST(:state AS text) IS NULL OR proposal.state = :state)
    AND (CAST(:proposal_id AS bigint) IS NULL OR proposal.proposal_id = :proposal_id)
    AND (
        CAST(:names AS text []) IS NULL OR first_customer.owner_user = any(CAST(:names AS text []))
        OR second_customer.owner_user = any(CAST(:names AS text []))
    );
