-- Purpose: name the customers with the largest expected loss. Parameters: on_day, how_many,
-- rate_missing (bit of that flag). Grain: one row per customer. Dialect: PostgreSQL.
SELECT
    customer.customer_id, read_class(judged.risk_class, judged.valid_until, CAST(:on_day AS date)) AS risk_class, loss.exposure, loss.overdue,
    loss.probability, loss.given_default, loss.expected_loss, loss.average_overdue, (judged.flags & :rate_missing) <> 0 AS in_part
FROM customer_loss AS loss
INNER JOIN customer ON loss.customer_key = customer.customer_key
INNER JOIN current_assessment AS judged ON loss.customer_key = judged.customer_key
ORDER BY loss.expected_loss DESC, loss.customer_key
LIMIT :how_many;
