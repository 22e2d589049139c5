-- Purpose: forget what was noted on the checklists of a customer's reviews.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_answer SET
    note = :said || left(review_answer.note, 0), evidence = :said || left(review_answer.evidence, 0)
FROM review
WHERE review.review_id = review_answer.review_id AND review.customer_key = any(cast(:customer_keys AS bigint []));
