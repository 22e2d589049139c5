-- Purpose: reviews in given states of customers that another one took over, with the people who owe something for them.
-- Parameters: states (array). Grain: one row per review. Dialect: PostgreSQL.
SELECT
    review.review_id,
    review.risk_class,
    customer.customer_id,
    survivor.customer_id AS survivor_id,
    customer.merged_into,
    ARRAY(
        SELECT DISTINCT duty.owner FROM duty
        WHERE duty.subject_type = 'review' AND duty.subject_id = CAST(review.review_id AS text) AND duty.state IN ('open', 'exhausted')
        ORDER BY duty.owner
    ) AS people
FROM review
INNER JOIN customer ON review.customer_key = customer.customer_key
INNER JOIN customer AS survivor ON customer.merged_into = survivor.customer_key
WHERE review.state = ANY(CAST(:states AS text []))
ORDER BY review.customer_key, review.review_id;
