-- Purpose: the texts of a set of files by name. Parameters: digest. Grain: one row. Dialect: PostgreSQL.
SELECT files FROM policy_set
WHERE digest = :digest;
