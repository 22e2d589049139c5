-- Purpose: the stored models, newest first, without their texts. Parameters: none. Grain: one row per model. Dialect: PostgreSQL.
SELECT
    model_id, name, purpose, kind, state, version, left(digest, 12) AS digest, figures, trained_by, trained_at, proposed_by, decided_by, reason
FROM model ORDER BY model_id DESC;
