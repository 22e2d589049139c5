-- Purpose: keep what a file was and became by an erasure; of one that is tried again, what it becomes now.
-- Parameters: place, name, erasure_id, before_sha256, sha256, size_bytes. Grain: one row per file and erasure. Dialect: PostgreSQL.
INSERT INTO erased_file (place, name, erasure_id, before_sha256, sha256, size_bytes)
VALUES (:place, :name, :erasure_id, :before_sha256, :sha256, :size_bytes)
ON CONFLICT (place, name, erasure_id) DO UPDATE SET sha256 = excluded.sha256, size_bytes = excluded.size_bytes;
