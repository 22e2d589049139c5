-- Purpose: tell whether accounts or customers changed since a version. Parameters: version. Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (SELECT 1 FROM account WHERE since_version > :version)
    OR EXISTS (SELECT 1 FROM customer WHERE since_version > :version) AS is_newer;
