-- Purpose: tell whether a role owns the schema's version, so that the others have rights of their own. Parameters: owner.
-- Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS(
    SELECT 1 FROM pg_class AS held INNER JOIN pg_roles AS role ON held.relowner = role.oid
    WHERE held.oid = to_regclass('public.schema_version') AND role.rolname = :owner
);
