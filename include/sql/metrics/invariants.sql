-- Purpose: what the last check of the invariants found. Parameters: none. Grain: one row per invariant. Dialect: PostgreSQL.
SELECT invariant, broken AS invariant_broken, extract(EPOCH FROM checked_at) AS invariant_checked_timestamp_seconds FROM invariant_finding
WHERE run_id = (SELECT max(newest.run_id) FROM invariant_finding AS newest)
ORDER BY invariant;
