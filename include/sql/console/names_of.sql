-- Purpose: the names of some customers that somebody may see. Parameters: keys, owner_users (null: all). Grain: one row per customer.
-- Dialect: PostgreSQL.
SELECT customer_key, coalesce(nullif(name, ''), customer_id) AS name FROM customer
WHERE
    customer_key = any(CAST(:keys AS bigint []))
    AND (CAST(:owner_users AS text []) IS NULL OR owner_user = any(CAST(:owner_users AS text [])));
