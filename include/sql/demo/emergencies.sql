-- Purpose: every emergency in the database: open signals of that severity and activations of playbooks
-- Parameters: system (whose account id names the customer)
-- Grain: one row per customer and rule, and per customer and playbook
-- Dialect: postgres
SELECT coalesce(min(a.account_id), 'customer ' || e.customer_key) AS account_id, e.what
FROM (
    SELECT s.customer_key, s.rule_id AS what FROM signal AS s
    WHERE s.severity = 'emergency' AND s.state NOT IN ('dismissed', 'cleared')
    UNION
    SELECT v.customer_key, v.playbook_id AS what FROM activation AS v
    WHERE NOT v.is_drill
) AS e
LEFT JOIN account AS a ON e.customer_key = a.customer_key AND a.system = :system
GROUP BY e.customer_key, e.what
ORDER BY account_id, e.what
