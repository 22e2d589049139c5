-- Purpose: the files of fact tables with their digests. Parameters: dataset (null: of all tables). Grain: one row per file. Dialect: PostgreSQL.
SELECT dataset, path, sha256, size_bytes FROM fact_file
WHERE CAST(:dataset AS text) IS NULL OR dataset = :dataset
ORDER BY dataset, path;
