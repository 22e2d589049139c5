-- Purpose: list the statements that give roles exactly the rights they are to have in tables, views and sequences: what is missing is
-- granted, what is too much is revoked. Parameters: roles (all of them, who may have lost everything), and, as arrays of equal length,
-- role_names, relations and rights. Grain: one row per statement that changes something. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT given.role_name, relation.oid, given.may
    FROM unnest(CAST(:role_names AS text []), CAST(:relations AS text []), CAST(:rights AS text [])) AS given (role_name, relation, may)
    INNER JOIN pg_class AS relation ON relation.relname = given.relation
    WHERE relation.relnamespace = CAST('public' AS regnamespace)
),

held AS (
    SELECT role.rolname AS role_name, relation.oid, item.privilege_type AS may
    FROM pg_class AS relation
    CROSS JOIN LATERAL aclexplode(relation.relacl) AS item
    INNER JOIN pg_roles AS role ON item.grantee = role.oid
    WHERE relation.relnamespace = CAST('public' AS regnamespace) AND role.rolname = any(CAST(:roles AS text []))
        AND item.grantee <> relation.relowner
)

SELECT
    format(
        'GRANT %s ON %s %s TO %I', wanted.may, CASE relation.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
        CAST(wanted.oid AS regclass), wanted.role_name
    ) AS statement
FROM wanted INNER JOIN pg_class AS relation ON wanted.oid = relation.oid
WHERE (wanted.role_name, wanted.oid, wanted.may) NOT IN (SELECT held.role_name, held.oid, held.may FROM held)
UNION ALL
SELECT
    format(
        'REVOKE %s ON %s %s FROM %I', held.may, CASE relation.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
        CAST(held.oid AS regclass), held.role_name
    ) AS statement
FROM held INNER JOIN pg_class AS relation ON held.oid = relation.oid
WHERE (held.role_name, held.oid, held.may) NOT IN (SELECT wanted.role_name, wanted.oid, wanted.may FROM wanted)
ORDER BY statement;
