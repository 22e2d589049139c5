-- Purpose: read leaf hashes in order. Parameters: first, last (sequence numbers). Grain: one row per event. Dialect: PostgreSQL.
SELECT audit_event.leaf_hash FROM audit_event WHERE audit_event.seq BETWEEN :first AND :last ORDER BY audit_event.seq;
