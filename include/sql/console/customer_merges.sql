-- Purpose: the customers that turned out to be this one, and why. Parameters: customer_key. Grain: one row per merge.
-- Dialect: PostgreSQL.
SELECT
    customer.customer_id, customer_merge.merge_id, customer_merge.basis, customer_merge.reference, customer_merge.merged_by,
    customer_merge.merged_at
FROM customer_merge
INNER JOIN customer ON customer_merge.retired = customer.customer_key
WHERE customer.merged_into = :customer_key AND customer_merge.undone_at IS NULL
ORDER BY customer_merge.merge_id;
