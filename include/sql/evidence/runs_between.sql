-- Purpose: the runs that began within a span. Parameters: since, until (moments, the last one excluded). Grain: one row per run.
-- Dialect: PostgreSQL.
SELECT run_id FROM run WHERE started_at >= :since AND started_at < :until ORDER BY run_id;
