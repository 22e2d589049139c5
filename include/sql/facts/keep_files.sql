-- Purpose: keep the digests of files of fact tables; one that is known stays as it is. Parameters: dataset, path, sha256, size_bytes, at.
-- Grain: one row per file. Dialect: PostgreSQL.
INSERT INTO fact_file (dataset, path, sha256, size_bytes, recorded_at) VALUES (:dataset, :path, :sha256, :size_bytes, :at)
ON CONFLICT (dataset, path) DO NOTHING;
