-- Purpose: customers with a review that was due before a day and not decided by its end. Parameters: as_of; customer_key (or null).
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT customer_key
FROM review
WHERE
    due_on < :as_of AND opened_on <= :as_of AND state NOT IN ('planned', 'cancelled')
    AND (coalesce(decided_at, closed_at) IS NULL OR coalesce(decided_at, closed_at) >= cast(:as_of AS date) + 1)
    AND (cast(:customer_key AS bigint) IS NULL OR customer_key = :customer_key)
ORDER BY customer_key;
