-- Purpose: every file that an erasure rewrote, by erasure. Parameters: none. Grain: one row per file and erasure. Dialect: PostgreSQL.
SELECT place, name, erasure_id, before_sha256, sha256, size_bytes FROM erased_file
ORDER BY erasure_id, place, name;
