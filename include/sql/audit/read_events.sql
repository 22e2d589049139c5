-- Purpose: read the log in order, from after an event on. Parameters: after, last (null: from its beginning, to its end).
-- Grain: one row per event. Dialect: PostgreSQL.
SELECT
    audit_event.seq,
    audit_event.recorded_at,
    audit_event.action,
    audit_event.subject_type,
    audit_event.subject_id,
    audit_event.actor,
    audit_event.body,
    audit_event.leaf_hash,
    audit_event.chain_hash
FROM audit_event
WHERE
    (CAST(:after AS bigint) IS NULL OR audit_event.seq > :after)
    AND (CAST(:last AS bigint) IS NULL OR audit_event.seq <= :last)
ORDER BY audit_event.seq;
