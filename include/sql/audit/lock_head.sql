-- Purpose: read the log's head and keep other writers waiting until this transaction ends.
-- Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT seq, chain_hash FROM audit_head WHERE only_row FOR UPDATE;
