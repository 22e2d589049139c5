-- Purpose: keep a statement about a signing key. Parameters: statement, at. Grain: one row. Dialect: PostgreSQL.
INSERT INTO audit_key (statement, made_at) VALUES (:statement, :at);
