-- Purpose: what people said of customers when they closed a review or a signal, with the day it had begun. Parameters: first, as_of.
-- Grain: one row per review or signal with an outcome. Dialect: PostgreSQL.
SELECT coalesce(customer.merged_into, customer.customer_key) AS customer_key, told.began_on, told.outcome <> 'false_positive' AS is_confirmed
FROM (
    SELECT review.customer_key, review.opened_on AS began_on, review.outcome FROM review WHERE review.outcome IS NOT NULL
    UNION ALL
    SELECT signal.customer_key, signal.opened_on, signal.outcome FROM signal WHERE signal.outcome IS NOT NULL
) AS told
INNER JOIN customer ON told.customer_key = customer.customer_key
WHERE told.began_on BETWEEN :first AND :as_of
ORDER BY customer_key, told.began_on, is_confirmed;
