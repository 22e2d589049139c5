-- Purpose: deliveries that are held, for how long, and how many were refused as a whole in the last day.
-- Parameters: now. Grain: one row per source that ever delivered. Dialect: PostgreSQL.
SELECT
    source_id AS source,
    count(*) FILTER (WHERE state = 'held') AS batches_held,
    extract(EPOCH FROM :now - min(received_at) FILTER (WHERE state = 'held')) AS batches_held_oldest_seconds,
    count(*) FILTER (WHERE state = 'refused' AND received_at > :now - INTERVAL '1 day') AS batches_refused_last_day
FROM batch
GROUP BY source_id
ORDER BY source_id;
