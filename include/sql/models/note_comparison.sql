-- Purpose: keep what a comparison with another model showed. Parameters: model_id, comparison. Grain: one row. Dialect: PostgreSQL.
UPDATE model SET figures = figures || jsonb_build_object('comparison', CAST(:comparison AS jsonb))
WHERE model_id = :model_id;
