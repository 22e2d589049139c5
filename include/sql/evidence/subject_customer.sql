-- Purpose: whose review or activated plan it is. Parameters: review_id, activation_id (one of them null). Grain: at most one row.
-- Dialect: PostgreSQL.
SELECT customer_key FROM review WHERE review_id = CAST(:review_id AS bigint)
UNION ALL
SELECT customer_key FROM activation WHERE activation_id = CAST(:activation_id AS bigint);
