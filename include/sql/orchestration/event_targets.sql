-- Purpose: sound customers to send events about, those in groups first, so that some events share a group. Parameters: system, how_many.
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT min(account.account_id) AS account_id
FROM account
INNER JOIN customer ON account.customer_key = customer.customer_key
INNER JOIN current_assessment AS judged ON account.customer_key = judged.customer_key
WHERE account.system = :system AND read_class(judged.risk_class, judged.valid_until, judged.as_of) IN (1, 2)
GROUP BY account.customer_key, customer.group_id
ORDER BY customer.group_id NULLS LAST, account_id
LIMIT :how_many;
