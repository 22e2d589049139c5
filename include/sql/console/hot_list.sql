-- Purpose: the customers with the largest expected loss that somebody may see. Parameters: owner_users (null: all), on_day, how_many, rate_missing (bit of
-- that flag).
-- Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer.customer_key, customer.customer_id, customer.name,
    read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, loss.exposure, loss.overdue,
    100 * loss.probability AS probability_pct, loss.expected_loss, (judged.flags & :rate_missing) <> 0 AS in_part
FROM customer_loss AS loss
INNER JOIN customer ON loss.customer_key = customer.customer_key
INNER JOIN current_assessment AS judged ON loss.customer_key = judged.customer_key
WHERE CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text []))
ORDER BY loss.expected_loss DESC, loss.customer_key
LIMIT :how_many;
