-- Purpose: measures of reviews in some states, locked. Parameters: review_ids (array), states (array). Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT measure_id, customer_key, kind, effect, state FROM measure
WHERE review_id = ANY(CAST(:review_ids AS bigint [])) AND state = ANY(CAST(:states AS text []))
ORDER BY measure_id
FOR UPDATE;
