-- Purpose: tell whether there is a group of a number. Parameters: group_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT customer_key FROM group_member WHERE group_id = :group_id ORDER BY customer_key LIMIT 1;
