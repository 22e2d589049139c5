-- Purpose: read the log in order, from after an event on. Parameters: after (null: all of it). Grain: one row per event. Dialect: PostgreSQL.
SELECT seq, body, leaf_hash, chain_hash FROM audit_event WHERE CAST(:after AS bigint) IS NULL OR seq > :after ORDER BY seq;
