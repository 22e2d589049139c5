-- Purpose: keep what code consists of at its first use. Parameters: digest, content. Grain: one row per version of the code.
-- Dialect: PostgreSQL.
INSERT INTO code_version (digest, content) VALUES (:digest, :content) ON CONFLICT (digest) DO NOTHING;
