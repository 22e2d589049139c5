-- Purpose: a kept set of policy files. Parameters: digest. Grain: at most one row. Dialect: PostgreSQL.
SELECT files FROM policy_set
WHERE digest = :digest;
