-- Purpose: what a login may be. Parameters: user_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT console_user.user_id, console_user.person, console_user.roles
FROM console_user
WHERE console_user.user_id = :user_id;
