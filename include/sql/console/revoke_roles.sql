-- Purpose: take a login's roles away; what it had stays in the event log. Parameters: user_id. Grain: one row. Dialect: PostgreSQL.
DELETE FROM console_user WHERE console_user.user_id = :user_id;
