-- Purpose: keep the text of a mapping at its first use. Parameters: digest, source_id, content, at. Grain: one row per mapping.
-- Dialect: PostgreSQL.
INSERT INTO mapping_text (digest, source_id, content, first_used_at) VALUES (:digest, :source_id, :content, :at)
ON CONFLICT (digest) DO NOTHING;
