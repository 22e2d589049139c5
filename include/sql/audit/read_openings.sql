-- Purpose: read the openings of commitments beside the events they are in. Parameters: seqs (null: all). Grain: one row per opening.
-- Dialect: PostgreSQL.
SELECT audit_opening.seq, audit_opening.field, audit_opening.salt, audit_opening.value, audit_event.body
FROM audit_opening
LEFT JOIN audit_event ON audit_opening.seq = audit_event.seq
WHERE cast(:seqs AS bigint []) IS NULL OR audit_opening.seq = any(cast(:seqs AS bigint []))
ORDER BY audit_opening.seq, audit_opening.field;
