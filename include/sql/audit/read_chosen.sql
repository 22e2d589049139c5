-- Purpose: read the exact bytes of chosen events, in order. Parameters: seqs. Grain: one row per event. Dialect: PostgreSQL.
SELECT audit_event.seq, audit_event.body, audit_event.leaf_hash
FROM audit_event
WHERE audit_event.seq = any(CAST(:seqs AS bigint []))
ORDER BY audit_event.seq;
