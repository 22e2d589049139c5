-- Purpose: keep accounts together that people put together, whatever their registration numbers say later: those of the retired
-- customer and the oldest of the one that lives on. Before the accounts move. Parameters: merge_ids (array).
-- Grain: one row per merge and account. Dialect: PostgreSQL.
INSERT INTO account_bond (merge_id, account_key, was_retired)
SELECT customer_merge.merge_id, account.account_key, true
FROM customer_merge JOIN account ON account.customer_key = customer_merge.retired
WHERE customer_merge.merge_id = ANY(:merge_ids)
UNION ALL
SELECT customer_merge.merge_id, min(account.account_key), false
FROM customer_merge JOIN account ON account.customer_key = customer_merge.survivor
WHERE customer_merge.merge_id = ANY(:merge_ids)
GROUP BY customer_merge.merge_id;
