-- Purpose: the day the open review of a customer is due. Parameters: customer_key. Grain: one row. Dialect: PostgreSQL.
SELECT min(review.due_on) AS due_on FROM review
WHERE review.customer_key = :customer_key AND review.state NOT IN ('closed', 'cancelled');
