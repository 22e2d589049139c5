-- Purpose: how many customers owe in a currency without a rate, so that sums leave some of it out. Parameters: rate_missing (bit of that flag).
-- Grain: one row. Dialect: PostgreSQL.
SELECT count(*) AS customers
FROM current_assessment
INNER JOIN customer ON current_assessment.customer_key = customer.customer_key AND customer.merged_into IS NULL
WHERE (current_assessment.flags & :rate_missing) <> 0;
