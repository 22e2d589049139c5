-- Purpose: every login with its person and roles. Parameters: none. Grain: one row per login. Dialect: PostgreSQL.
SELECT
    console_user.user_id, console_user.person, console_user.roles, console_user.granted_by, console_user.granted_at
FROM console_user
ORDER BY console_user.user_id;
