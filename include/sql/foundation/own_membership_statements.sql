-- Purpose: list the statement by which whoever parts the roles, when no superuser, may give what is there to its new owner.
-- Parameters: owner. Grain: one row where it is needed. Dialect: PostgreSQL.
SELECT format('GRANT %I TO %I', CAST(:owner AS text), current_user) AS statement
WHERE NOT pg_has_role(current_user, CAST(:owner AS text), 'MEMBER');
