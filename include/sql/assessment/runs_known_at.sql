-- Purpose: up to when facts were known to runs: what they pinned, else when they began. Parameters: runs.
-- Grain: one row per run that is recorded. Dialect: PostgreSQL.
SELECT run_id, coalesce(CAST(pins ->> 'known_at' AS timestamptz), started_at) AS known_at
FROM run WHERE run_id = ANY(:runs);
