-- Purpose: read a model by its digest, whatever became of it. Parameters: digest. Grain: one row. Dialect: PostgreSQL.
SELECT content FROM model WHERE digest = :digest;
