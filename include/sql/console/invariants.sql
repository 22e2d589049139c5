-- Purpose: what the last check that ended found. Parameters: none. Grain: one row per invariant. Dialect: PostgreSQL.
SELECT found.run_id, found.invariant, found.broken, found.subjects, found.checked_at
FROM invariant_finding AS found
WHERE found.run_id = (SELECT max(last.run_id) FROM invariant_finding AS last)
ORDER BY found.broken = 0, found.invariant;
