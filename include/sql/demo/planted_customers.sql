-- Purpose: class, open signals, activations and open proposals of the planted accounts
-- Parameters: system, account_ids (text[])
-- Grain: one row per account
-- Dialect: postgres
SELECT
    a.account_id,
    read_class(ca.risk_class, ca.valid_until, ca.as_of) AS risk_class,
    array(
        SELECT s.rule_id FROM signal AS s
        WHERE s.customer_key = a.customer_key AND s.state NOT IN ('dismissed', 'cleared')
        ORDER BY s.rule_id
    ) AS signals,
    array(
        SELECT v.playbook_id FROM activation AS v
        WHERE v.customer_key = a.customer_key
        ORDER BY v.playbook_id
    ) AS playbooks,
    EXISTS (
        SELECT 1 FROM identity_proposal AS p
        WHERE p.state = 'proposed' AND a.account_key IN (p.first_account, p.second_account)
    ) AS is_proposed
FROM account AS a
LEFT JOIN current_assessment AS ca ON a.customer_key = ca.customer_key
WHERE a.system = :system AND a.account_id = any(:account_ids)
