-- Purpose: forget by what a customer's accounts seemed one with others, and why people decided.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE identity_proposal SET
    reason = :said || left(identity_proposal.reason, 0), evidence = CAST('{}' AS jsonb)
FROM account
WHERE account.account_key IN (identity_proposal.first_account, identity_proposal.second_account)
    AND account.customer_key = any(cast(:customer_keys AS bigint []));
