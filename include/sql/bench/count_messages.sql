-- Purpose: what became of the benchmark's messages. Parameters: none. Grain: one row. Dialect: PostgreSQL.
SELECT
    count(*) FILTER (WHERE state = 'accepted') AS messages,
    count(*) FILTER (WHERE state = 'accepted' AND kind = 'digest') AS digests,
    (SELECT max(told.messages)
FROM (SELECT count(*) AS messages FROM message GROUP BY recipient) AS told) AS most_per_person,
    (SELECT count(*)
FROM outbox_event AS event
WHERE NOT EXISTS (
    SELECT 1
    FROM message_item AS item
    INNER JOIN message AS told ON item.message_id = told.message_id
    WHERE item.outbox_id = event.outbox_id AND told.state = 'accepted'
)) AS untold
FROM message;
