-- Purpose: take over from the current assessment the customers it judges at a later date, and those whose assessment stays.
-- Parameters: as_of, but_for. Grain: one row per customer. Dialect: PostgreSQL.
INSERT INTO current_assessment_next
SELECT judged.*
FROM current_assessment AS judged INNER JOIN customer ON judged.customer_key = customer.customer_key
WHERE
    (judged.as_of > :as_of AND customer.merged_into IS NULL)
    OR judged.customer_key = ANY(CAST(:but_for AS bigint[]));
