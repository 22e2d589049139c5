-- Purpose: programs that are connected and know an older schema than one; a program names the schema it knows when it connects.
-- Parameters: schema. Grain: one row per known schema. Dialect: PostgreSQL.
SELECT DISTINCT substr(session.application_name, 12) AS known_schema
FROM pg_stat_activity AS session
WHERE
    session.datname = current_database() AND session.application_name ~ '^riskreview \d{4}$'
    AND substr(session.application_name, 12) < :schema
ORDER BY known_schema;
