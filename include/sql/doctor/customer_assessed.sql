-- Purpose: active customers that were not assessed and are not listed with the reason why (C1).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(customer.customer_key AS text) AS subject, count(*) OVER () AS broken
FROM customer
CROSS JOIN assessment_head AS head
LEFT JOIN current_assessment AS judged ON customer.customer_key = judged.customer_key
WHERE
    customer.merged_into IS NULL AND customer.known_at <= head.written_at
    AND (judged.customer_key IS NULL OR judged.as_of < head.as_of)
    AND EXISTS (
        SELECT 1 FROM account
        WHERE account.customer_key = customer.customer_key AND coalesce(account.status, 'active') <> 'closed'
    )
ORDER BY customer.customer_key
LIMIT :how_many;
