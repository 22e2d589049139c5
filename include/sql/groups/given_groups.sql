-- Purpose: read which customers belong to a group, groups numbered; after see_register. Parameters: none.
-- Grain: one row per customer of a group. Dialect: PostgreSQL.
SELECT customer_key, dense_rank() OVER (ORDER BY group_id) AS group_number FROM known_customer
WHERE group_id IS NOT NULL;
