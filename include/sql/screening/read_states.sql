-- Purpose: the state of screening of each customer with a match at a business date: 3 confirmed, 2 possible and unresolved for more than
-- two days, 1 possible. A match follows its customer into the one it was merged into. Parameters: as_of. Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    coalesce(customer.merged_into, found.customer_key) AS customer_key,
    CAST(max(CASE WHEN found.confirmed_on <= :as_of THEN 3 WHEN :as_of - found.found_on > 2 THEN 2 ELSE 1 END) AS float8) AS match_state
FROM screening_match AS found LEFT JOIN customer ON found.customer_key = customer.customer_key
WHERE found.found_on <= :as_of AND (found.ended_on IS NULL OR found.ended_on > :as_of)
GROUP BY coalesce(customer.merged_into, found.customer_key)
ORDER BY coalesce(customer.merged_into, found.customer_key);
