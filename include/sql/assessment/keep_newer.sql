-- Purpose: take over from the current assessment the customers it judges at a later date. Parameters: as_of.
-- Grain: one row per customer. Dialect: PostgreSQL.
INSERT INTO current_assessment_next
SELECT judged.*
FROM current_assessment AS judged INNER JOIN customer ON judged.customer_key = customer.customer_key
WHERE judged.as_of > :as_of AND customer.merged_into IS NULL;
