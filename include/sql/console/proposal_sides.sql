-- Purpose: the two accounts of an identity proposal with their customers as they are judged now. Parameters: proposal_id, on_day.
-- Grain: one row per side, the first account first. Dialect: PostgreSQL.
SELECT
    account.system, account.account_id, account.name, account.tax_id, account.country, account.industry_code, account.owner_user,
    account.payment_terms_days, account.onboarded_on, customer.customer_key, customer.customer_id,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, judged.exposure,
    (SELECT count(*) FROM account AS every WHERE every.customer_key = customer.customer_key) AS accounts
FROM identity_proposal AS proposal
INNER JOIN account ON account.account_key IN (proposal.first_account, proposal.second_account)
INNER JOIN customer ON account.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON customer.customer_key = judged.customer_key
WHERE proposal.proposal_id = :proposal_id
ORDER BY account.account_key = proposal.second_account;
