-- Purpose: find who is more in PostgreSQL than he must be: who connects to riskreview's database though he may change its schema, who may
-- connect to it from Airflow's, and who is a superuser. Parameters: none. Grain: one row per finding. Dialect: PostgreSQL.
SELECT format('%s works as %s', application_name, usename) AS finding
FROM pg_stat_activity
WHERE datname = current_database() AND usename IN ('riskreview_migrate', 'postgres', 'airflow') AND pid <> pg_backend_pid()
UNION ALL
SELECT format('%s may connect to %s', role.rolname, held.datname) AS finding
FROM pg_roles AS role CROSS JOIN pg_database AS held
WHERE
    has_database_privilege(role.oid, held.oid, 'CONNECT') AND NOT role.rolsuper AND role.rolname NOT LIKE 'pg\_%'
    AND (role.rolname = 'airflow') <> (held.datname = 'airflow') AND held.datname IN ('airflow', 'riskreview')
UNION ALL
SELECT format('%s is a superuser', rolname) AS finding
FROM pg_roles
WHERE rolsuper AND rolname <> 'postgres'
ORDER BY finding;
