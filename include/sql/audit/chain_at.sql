-- Purpose: the hash of the chain at an event. Parameters: seq. Grain: at most one row. Dialect: PostgreSQL.
SELECT audit_event.chain_hash FROM audit_event WHERE audit_event.seq = :seq;
