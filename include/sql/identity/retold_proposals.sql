-- Purpose: list the open proposals between customers one of whose accounts changed, with every pair of accounts to compare again.
-- Parameters: account_keys (array). Grain: one row per proposal and pair of accounts. Dialect: PostgreSQL.
SELECT proposal.proposal_id, least(one.account_key, other.account_key) AS one_account,
    greatest(one.account_key, other.account_key) AS other_account, proposal.first_account, proposal.second_account,
    one.customer_key = other.customer_key AS is_one
FROM identity_proposal AS proposal
JOIN account AS first_one ON first_one.account_key = proposal.first_account
JOIN account AS second_one ON second_one.account_key = proposal.second_account
JOIN account AS one ON one.customer_key = first_one.customer_key
JOIN account AS other ON other.customer_key = second_one.customer_key
WHERE proposal.state = 'proposed' AND (
    first_one.customer_key IN (SELECT customer_key FROM account WHERE account_key = ANY(:account_keys))
    OR second_one.customer_key IN (SELECT customer_key FROM account WHERE account_key = ANY(:account_keys))
);
