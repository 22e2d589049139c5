-- Purpose: list the statements that make a role the owner of the database and of everything in its schema, so that nobody else can change it,
-- and that keep the roles of other databases on the server, such as Airflow's, from connecting; a dump restored into a new database forgets that.
-- Parameters: owner. Grain: one row per statement that changes something. Dialect: PostgreSQL.
WITH owner AS (SELECT role.oid FROM pg_roles AS role WHERE role.rolname = :owner)

SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), CAST(:owner AS text)) AS statement
FROM pg_database AS held
WHERE held.datname = current_database() AND held.datdba NOT IN (SELECT owner.oid FROM owner)
UNION ALL
SELECT format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', held.datname) AS statement
FROM pg_database AS held
WHERE
    held.datname = current_database()
    AND EXISTS (SELECT 1 FROM aclexplode(coalesce(held.datacl, acldefault('d', held.datdba))) AS item WHERE item.grantee = 0)
UNION ALL
SELECT
    format(
        'ALTER %s public.%I OWNER TO %I', CASE held.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
        held.relname, CAST(:owner AS text)
    ) AS statement
FROM pg_class AS held
WHERE
    held.relnamespace = CAST('public' AS regnamespace) AND held.relkind IN ('r', 'p', 'v', 'S')
    AND held.relowner NOT IN (SELECT owner.oid FROM owner)
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS bound
        WHERE bound.classid = CAST('pg_class' AS regclass) AND bound.objid = held.oid AND bound.deptype IN ('e', 'i', 'a')
    )
UNION ALL
SELECT format('ALTER FUNCTION %s OWNER TO %I', CAST(held.oid AS regprocedure), CAST(:owner AS text)) AS statement
FROM pg_proc AS held
WHERE
    held.pronamespace = CAST('public' AS regnamespace) AND held.prokind = 'f'
    AND held.proowner NOT IN (SELECT owner.oid FROM owner)
    AND NOT EXISTS (
        SELECT 1 FROM pg_depend AS bound
        WHERE bound.classid = CAST('pg_proc' AS regclass) AND bound.objid = held.oid AND bound.deptype = 'e'
    )
ORDER BY statement;
