-- Purpose: tell whether a stage is under way in parts, by tasks that hold no lock between them. Parameters: stage, since (moment).
-- Grain: one row. Dialect: PostgreSQL.
SELECT EXISTS (
    SELECT 1 FROM run
    WHERE stage = :stage AND state = 'running' AND pins -> 'buckets' IS NOT NULL AND started_at > :since
);
