-- Purpose: remember that a checkpoint was brought out. Parameters: number, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO audit_export (number, exported_at) VALUES (:number, :at) ON CONFLICT DO NOTHING;
