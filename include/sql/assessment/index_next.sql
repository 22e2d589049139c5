-- Purpose: index the loaded assessment, which also proves that no customer is in it twice; this and the indexes after it are sorted in
-- memory. Parameters: none. Grain: none. Dialect: PostgreSQL.
SELECT index_next_assessment();
