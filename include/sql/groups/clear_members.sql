-- Purpose: make room for the members of all groups. Parameters: none. Grain: one row per member. Dialect: PostgreSQL.
DELETE FROM group_member;
