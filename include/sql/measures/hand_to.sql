-- Purpose: let a person carry out the approved measures of a review. Parameters: review_id, implementer. Grain: one row per measure.
-- Dialect: PostgreSQL.
UPDATE measure SET implementer = :implementer
WHERE review_id = :review_id AND state = 'approved';
