-- Purpose: the customers of some numbers that somebody may see; those that were taken over lead to those that live on.
-- Parameters: customer_ids, owner_users (null: all). Grain: one row per number. Dialect: PostgreSQL.
SELECT told.customer_id, living.customer_key, coalesce(nullif(living.name, ''), living.customer_id) AS name
FROM customer AS told
INNER JOIN customer AS living ON coalesce(told.merged_into, told.customer_key) = living.customer_key
WHERE
    told.customer_id = any(CAST(:customer_ids AS text []))
    AND (CAST(:owner_users AS text []) IS NULL OR living.owner_user = any(CAST(:owner_users AS text [])));
