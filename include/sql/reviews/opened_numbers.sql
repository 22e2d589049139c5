-- Purpose: find the numbers of the reviews that were just opened. Parameters: customer_keys, policy_lines, period_keys (arrays, a place
-- of each for one review). Grain: one row per review that is assigned. Dialect: PostgreSQL.
SELECT
    review.review_id, review.version, review.customer_key, review.policy_line, review.period_key
FROM unnest(CAST(:customer_keys AS bigint []), CAST(:policy_lines AS text []), CAST(:period_keys AS text []))
    AS opened (customer_key, policy_line, period_key)
INNER JOIN review
    ON
        opened.customer_key = review.customer_key
        AND opened.policy_line = review.policy_line
        AND opened.period_key = review.period_key
WHERE review.state = 'assigned';
