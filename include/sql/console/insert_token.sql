-- Purpose: keep a token by its hash. Parameters: user_id, name, sha256, writes, created_by, at, expires_at. Grain: one row.
-- Dialect: PostgreSQL.
INSERT INTO console_token (user_id, name, sha256, writes, created_by, created_at, expires_at)
VALUES (:user_id, :name, :sha256, :writes, :created_by, :at, :expires_at)
RETURNING token_id;
