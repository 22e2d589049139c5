-- Purpose: keep a checkpoint. Parameters: number, size, root, content, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO audit_checkpoint (number, size, root, content, made_at) VALUES (:number, :size, :root, :content, :at);
