-- Purpose: the end of the event log. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT audit_head.seq, audit_head.chain_hash FROM audit_head;
