-- Purpose: part who works from who could change the log: the program's role owns its tables, a role that nobody logs in as owns the log's.
-- An administrator runs it in the database riskreview, after the first start and after every upgrade; a second time changes nothing.
-- Parameters: none. Grain: none. Dialect: PostgreSQL.
DO $$
DECLARE
    item record;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'riskreview_log') THEN
        CREATE ROLE riskreview_log NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'riskreview_app') THEN
        CREATE ROLE riskreview_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
    END IF;
    EXECUTE format('ALTER DATABASE %I OWNER TO riskreview_log', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO riskreview_app', current_database());
    FOR item IN
        SELECT CASE WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, CAST(c.oid AS regclass) AS name,
            CASE WHEN c.relname LIKE 'audit\_%' OR c.relname = 'schema_version' THEN 'riskreview_log' ELSE 'riskreview_app' END AS owner
        FROM pg_class AS c
        WHERE c.relnamespace = CAST('public' AS regnamespace) AND c.relkind IN ('r', 'v', 'p')
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO %I', item.kind, item.name, item.owner);
    END LOOP;
    FOR item IN
        SELECT CAST(p.oid AS regprocedure) AS name,
            CASE WHEN p.proname LIKE 'audit\_%' OR p.proname LIKE 'refuse\_%' THEN 'riskreview_log' ELSE 'riskreview_app' END AS owner
        FROM pg_proc AS p
        WHERE p.pronamespace = CAST('public' AS regnamespace) AND p.prokind = 'f'
            AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO %I', item.name, item.owner);
    END LOOP;
    GRANT USAGE, CREATE ON SCHEMA public TO riskreview_app;
    GRANT SELECT, INSERT ON audit_event, audit_block, audit_checkpoint, audit_export, audit_key TO riskreview_app;
    GRANT SELECT, UPDATE ON audit_head TO riskreview_app;
    GRANT SELECT, INSERT, DELETE ON audit_opening TO riskreview_app;
    GRANT SELECT ON schema_version TO riskreview_app;
END
$$;
