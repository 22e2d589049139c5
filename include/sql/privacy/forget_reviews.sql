-- Purpose: forget the packs of a customer's reviews and what was said in them; digests, states and who decided stay.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review SET
    recommendation = :said || left(review.recommendation, 0), decision_reason = :said || left(review.decision_reason, 0),
    reason = :said || left(review.reason, 0), question = :said || left(review.question, 0),
    appeal_reason = :said || left(review.appeal_reason, 0), pack = CASE WHEN review.pack IS NOT NULL THEN CAST('{}' AS bytea) END,
    forgotten_at = :at
WHERE review.customer_key = any(cast(:customer_keys AS bigint [])) AND review.forgotten_at IS NULL;
