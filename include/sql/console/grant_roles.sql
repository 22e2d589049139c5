-- Purpose: give a login a person and roles instead of those it had. Parameters: user_id, person, roles, granted_by, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO console_user (user_id, person, roles, granted_by, granted_at)
VALUES (:user_id, :person, CAST(:roles AS text []), :granted_by, :at)
ON CONFLICT (user_id) DO UPDATE
    SET
        person = excluded.person,
        roles = excluded.roles,
        granted_by = excluded.granted_by,
        granted_at = excluded.granted_at;
