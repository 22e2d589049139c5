-- Purpose: keep a trained model; one with the same content is kept once. Parameters: name, purpose, kind, digest, content, definition,
-- figures, actor, at, as_of. Grain: one row, none where it is known. Dialect: PostgreSQL.
INSERT INTO model (name, purpose, kind, digest, content, definition, figures, trained_by, trained_at, trained_as_of)
VALUES (:name, :purpose, :kind, :digest, :content, :definition, CAST(:figures AS jsonb), :actor, :at, CAST(:as_of AS date))
ON CONFLICT (digest) DO NOTHING
RETURNING model_id;
