-- Purpose: read which customers belong to another one: the group a system names is the number of an account of that system.
-- After see_register. Parameters: none. Grain: one row per customer with exactly one parent. Dialect: PostgreSQL.
SELECT own.customer_key, min(parent.customer_key) AS parent_key
FROM known_account AS own
INNER JOIN known_account AS parent
    ON own.system = parent.system AND own.group_id = parent.account_id AND own.customer_key <> parent.customer_key
WHERE own.group_id IS NOT NULL
GROUP BY own.customer_key
HAVING count(DISTINCT parent.customer_key) = 1;
