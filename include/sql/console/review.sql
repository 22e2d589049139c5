-- Purpose: one review with its frozen pack and its customer as it is now. Parameters: review_id, on_day. Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT
    review.*, customer.customer_id, customer.name, customer.country,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS class_now, judged.index_points AS index_now,
    judged.exposure AS exposure_now, judged.overdue AS overdue_now, judged.unapplied AS unapplied_now, judged.as_of AS assessed_on
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON review.customer_key = judged.customer_key
WHERE review.review_id = :review_id;
