-- Purpose: the text of a policy by its digest. Parameters: digest. Grain: one row. Dialect: PostgreSQL.
SELECT content FROM policy_version WHERE digest = :digest ORDER BY policy, version LIMIT 1;
