-- Purpose: keep the exact text of a checklist once. Parameters: digest, items (JSON), content, at. Grain: one row.
-- Dialect: PostgreSQL.
INSERT INTO review_checklist (digest, items, content, first_used_at)
VALUES (:digest, CAST(:items AS jsonb), :content, :at)
ON CONFLICT (digest) DO NOTHING;
