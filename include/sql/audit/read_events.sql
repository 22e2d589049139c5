-- Purpose: read the log in order, from after an event on. Parameters: after (0: all of it). Grain: one row per event. Dialect: PostgreSQL.
SELECT seq, body, leaf_hash, chain_hash FROM audit_event WHERE seq > :after ORDER BY seq;
