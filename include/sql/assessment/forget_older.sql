-- Purpose: leave out of the assessment being loaded whom the current one judges at a later date. Parameters: as_of.
-- Grain: one row per customer. Dialect: PostgreSQL.
DELETE FROM current_assessment_next AS next
USING current_assessment AS judged
WHERE next.customer_key = judged.customer_key AND judged.as_of > :as_of;
