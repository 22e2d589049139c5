-- Purpose: read the whole log in order. Parameters: none. Grain: one row per event. Dialect: PostgreSQL.
SELECT seq, body, leaf_hash, chain_hash FROM audit_event ORDER BY seq;
