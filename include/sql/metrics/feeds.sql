-- Purpose: for each source, whether it did not answer since it last brought something, and when its last CRM pull was.
-- Parameters: none. Grain: one row per source that ever brought, or failed to bring, something. Dialect: PostgreSQL.
WITH newest AS (
    SELECT source_id, max(batch_id) AS batch_id FROM batch
    GROUP BY source_id
),

pulled AS (
    SELECT source_id, max(recorded_at) AS recorded_at FROM crm_pull
    GROUP BY source_id
)

SELECT
    coalesce(newest.source_id, pulled.source_id) AS source,
    CAST(EXISTS (
        SELECT FROM outbox_event
        WHERE outbox_event.event_key = 'feed_unreachable:' || coalesce(newest.source_id, pulled.source_id) || ':' || coalesce(newest.batch_id, 0)
            AND outbox_event.created_at > coalesce(pulled.recorded_at, '-infinity')
    ) AS integer) AS feed_unreachable,
    extract(EPOCH FROM pulled.recorded_at) AS crm_last_pull_timestamp_seconds
FROM newest FULL JOIN pulled ON newest.source_id = pulled.source_id
ORDER BY source;
