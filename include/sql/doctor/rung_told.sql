-- Purpose: duties that climbed another number of rungs than events were recorded (I2).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(duty.duty_id AS text) AS subject, count(*) OVER () AS broken
FROM duty
LEFT JOIN (
    SELECT split_part(outbox_event.event_key, ':', 2) AS duty_id, count(*) AS events FROM outbox_event
    WHERE outbox_event.event_key LIKE 'duty:%' GROUP BY split_part(outbox_event.event_key, ':', 2)
) AS told ON told.duty_id = CAST(duty.duty_id AS text)
WHERE duty.level <> coalesce(told.events, 0)
ORDER BY duty.duty_id
LIMIT :how_many;
