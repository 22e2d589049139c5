-- Purpose: the customers whose new assessment differs. Parameters: none. Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key FROM assessed_row
ORDER BY customer_key;
