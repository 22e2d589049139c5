-- Purpose: read the log's head. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT seq, chain_hash FROM audit_head WHERE only_row;
