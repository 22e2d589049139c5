-- Purpose: messages for people, newest first; never their content. Parameters: source_id, state (NULL = all), limit.
-- Grain: one row per message. Dialect: PostgreSQL.
SELECT
    event_id, source_id, event_key, datasets, rows, state, received_at, received_through, batch_id, evaluated_at, run_id, problem
FROM event
WHERE (CAST(:source_id AS text) IS NULL OR source_id = :source_id) AND (CAST(:state AS text) IS NULL OR state = :state)
ORDER BY event_id DESC
LIMIT :limit;
