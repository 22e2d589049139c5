-- Purpose: messages for people, newest first; never their content, but which rules its refused rows break. Parameters: source_id, state
-- (NULL = all), limit. Grain: one row per message. Dialect: PostgreSQL.
SELECT
    event.event_id, event.source_id, event.event_key, event.system, event.datasets, event.rows, event.state, event.received_at,
    event.received_through, event.batch_id, event.evaluated_at, event.run_id, event.problem, refused.refused,
    CASE WHEN event.state = 'received' AND event.batch_sha256 IS NULL THEN event.accounts ELSE '{}' END AS accounts
FROM event
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT concat_ws(' ', item.code, item.column_name) || ' (' || item.state || ')', ', ') AS refused
    FROM quarantine_row AS item
    WHERE item.batch_id = event.batch_id AND item.line BETWEEN event.first_row AND event.last_row
) AS refused ON TRUE
WHERE
    (CAST(:source_id AS text) IS NULL OR event.source_id = :source_id)
    AND (CAST(:state AS text) IS NULL OR event.state = :state)
ORDER BY event.event_id DESC
LIMIT :limit;
