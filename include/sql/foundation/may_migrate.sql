-- Purpose: tell whether the connected role may change the schema. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT
    has_schema_privilege('public', 'CREATE')
    AND NOT EXISTS (
        SELECT 1 FROM pg_class AS held WHERE held.oid = to_regclass('public.schema_version') AND NOT pg_has_role(held.relowner, 'USAGE')
    );
