-- Purpose: duties that climbed a rung after they were done (I11).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(duty.duty_id AS text) AS subject, count(*) OVER () AS broken
FROM duty
INNER JOIN (
    SELECT split_part(outbox_event.event_key, ':', 2) AS duty_id, max(outbox_event.created_at) AS told_at FROM outbox_event
    WHERE outbox_event.event_key LIKE 'duty:%' GROUP BY split_part(outbox_event.event_key, ':', 2)
) AS told ON told.duty_id = CAST(duty.duty_id AS text)
WHERE duty.state IN ('done', 'cancelled') AND told.told_at > duty.closed_at
ORDER BY duty.duty_id
LIMIT :how_many;
