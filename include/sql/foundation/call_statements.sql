-- Purpose: list the statements that let roles connect, look up names in the schema, keep tables of their own for a transaction, and call the
-- functions that act with the owner's rights. Parameters: roles; and role_names and functions as arrays of equal length.
-- Grain: one row per statement that changes something. Dialect: PostgreSQL.
SELECT format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), given.name) AS statement
FROM unnest(CAST(:roles AS text [])) AS given (name)
WHERE NOT EXISTS (
    SELECT 1
    FROM pg_database AS held
    CROSS JOIN LATERAL aclexplode(held.datacl) AS item
    INNER JOIN pg_roles AS role ON item.grantee = role.oid
    WHERE held.datname = current_database() AND role.rolname = given.name AND item.privilege_type = 'TEMPORARY'
)
UNION ALL
SELECT format('GRANT USAGE ON SCHEMA public TO %I', given.name) AS statement
FROM unnest(CAST(:roles AS text [])) AS given (name)
WHERE NOT has_schema_privilege(given.name, 'public', 'USAGE')
UNION ALL
SELECT format('REVOKE CREATE ON SCHEMA public FROM %s', item.name) AS statement
FROM (
    SELECT CASE WHEN held.grantee = 0 THEN 'PUBLIC' ELSE CAST(CAST(held.grantee AS regrole) AS text) END AS name, held.grantee
    FROM pg_namespace AS space CROSS JOIN LATERAL aclexplode(space.nspacl) AS held
    WHERE space.nspname = 'public' AND held.privilege_type = 'CREATE'
) AS item
WHERE item.grantee = 0 OR item.name = any(CAST(:roles AS text []))
UNION ALL
SELECT format('GRANT EXECUTE ON FUNCTION %s TO %I', CAST(called.oid AS regprocedure), given.role_name) AS statement
FROM unnest(CAST(:role_names AS text []), CAST(:functions AS text [])) AS given (role_name, function_name)
INNER JOIN pg_proc AS called ON called.proname = given.function_name
WHERE called.pronamespace = CAST('public' AS regnamespace) AND NOT has_function_privilege(given.role_name, called.oid, 'EXECUTE')
ORDER BY statement;
