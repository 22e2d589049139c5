-- Purpose: how long events took from receipt until every message of their pass was accepted, or until they were evaluated where the
-- pass had nothing to tell. Parameters: source_id, event_keys. Grain: one row per event. Dialect: PostgreSQL.
-- What a pass tells is what it put into the outbox between its begin and its end, so that nothing it caused is left out.
WITH chosen AS (
    SELECT event.event_id, event.state, event.received_at, event.evaluated_at, event.run_id FROM event
    WHERE event.source_id = :source_id AND event.event_key = any(CAST(:event_keys AS text []))
),

told AS (
    SELECT
        run.run_id, count(message.message_id) AS messages, max(message.ended_at) AS accepted_at,
        bool_and(message.state = 'accepted') AS is_accepted
    FROM run
    INNER JOIN outbox_event ON outbox_event.created_at >= run.started_at AND outbox_event.created_at <= run.ended_at
    INNER JOIN message_item ON outbox_event.outbox_id = message_item.outbox_id
    INNER JOIN message ON message_item.message_id = message.message_id
    WHERE run.run_id IN (SELECT chosen.run_id FROM chosen)
    GROUP BY run.run_id
)

SELECT
    chosen.event_id, chosen.state, chosen.run_id, coalesce(told.messages, 0) > 0 AS is_told,
    chosen.state NOT IN ('received', 'landed') AND run.ended_at IS NOT NULL AND coalesce(told.is_accepted, true) AS is_settled,
    extract(EPOCH FROM greatest(told.accepted_at, chosen.evaluated_at) - chosen.received_at) AS seconds
FROM chosen
LEFT JOIN run ON chosen.run_id = run.run_id
LEFT JOIN told ON chosen.run_id = told.run_id
ORDER BY chosen.event_id;
