-- Purpose: one review with its frozen pack. Parameters: review_id. Grain: one row. Dialect: PostgreSQL.
SELECT *
FROM review
WHERE review.review_id = :review_id;
