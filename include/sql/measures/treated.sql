-- Purpose: customers about whom a measure was ever in force. Parameters: none. Grain: one row per customer. Dialect: PostgreSQL.
SELECT DISTINCT customer_key FROM measure
WHERE in_force_on IS NOT NULL
ORDER BY customer_key;
