-- Purpose: append a set of events in one round trip.
-- Parameters: at; arrays seq, action, subject_type, subject_id, actor, body, leaf, chain. Grain: one row per event. Dialect:
-- PostgreSQL.
INSERT INTO audit_event (seq, recorded_at, action, subject_type, subject_id, actor, body, leaf_hash, chain_hash)
SELECT new.seq, :at AS recorded_at, new.action, new.subject_type, new.subject_id, new.actor, new.body, new.leaf, new.chain
FROM unnest(
    cast(:seq AS bigint []), cast(:action AS text []), cast(:subject_type AS text []), cast(:subject_id AS text []),
    cast(:actor AS text []), cast(:body AS bytea []), cast(:leaf AS bytea []), cast(:chain AS bytea [])
) AS new (seq, action, subject_type, subject_id, actor, body, leaf, chain);
