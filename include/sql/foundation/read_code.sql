-- Purpose: read what code consisted of. Parameters: digest. Grain: one row. Dialect: PostgreSQL.
SELECT content FROM code_version WHERE digest = :digest;
