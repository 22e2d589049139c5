-- Purpose: one stored model. Parameters: model_id. Grain: one row. Dialect: PostgreSQL.
SELECT
    model_id, name, purpose, kind, state, version, digest, content, definition, figures, trained_by, trained_at, trained_as_of, reason,
    proposed_by, decided_by
FROM model WHERE model_id = :model_id;
