-- Purpose: read who belonged to which group at the last assessment. Parameters: none. Grain: one row per member. Dialect: PostgreSQL.
SELECT customer_key, group_id FROM group_member;
