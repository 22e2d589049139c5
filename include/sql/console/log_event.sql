-- Purpose: one event of the log with its exact bytes and hashes. Parameters: seq. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    audit_event.seq, audit_event.recorded_at, audit_event.action, audit_event.subject_type, audit_event.subject_id, audit_event.actor,
    audit_event.body, audit_read(audit_event.seq, audit_event.body) AS told, audit_event.leaf_hash, audit_event.chain_hash
FROM audit_event
WHERE audit_event.seq = :seq;
