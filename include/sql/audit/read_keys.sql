-- Purpose: read the statements about the log's signing keys, the oldest first. Parameters: none. Grain: one row per key. Dialect: PostgreSQL.
SELECT audit_key.statement FROM audit_key ORDER BY audit_key.position;
