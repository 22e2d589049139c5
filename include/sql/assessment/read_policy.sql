-- Purpose: read a policy version that was used. Parameters: policy, version. Grain: one row. Dialect: PostgreSQL.
SELECT digest, content FROM policy_version
WHERE policy = :policy AND version = :version;
