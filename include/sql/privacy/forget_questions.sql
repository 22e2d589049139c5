-- Purpose: forget what was asked and answered about a customer.
-- Parameters: customer_keys, said, at. Grain: one row per row forgotten. Dialect: PostgreSQL.
UPDATE review_question SET
    question = :said || left(review_question.question, 0), answer = :said || left(review_question.answer, 0)
FROM review
WHERE review.review_id = review_question.review_id AND review.customer_key = any(cast(:customer_keys AS bigint []));
