-- Purpose: batches in which rows taken in differ from those skipped, accepted, doubled and quarantined (I10).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT batch.batch_id || ' ' || counted.dataset AS subject, count(*) OVER () AS broken
FROM batch
CROSS JOIN LATERAL jsonb_each(batch.counts #> '{validation,datasets}') AS counted (dataset, counts)
WHERE
    CAST(counted.counts ->> 'rows_in' AS bigint) <> CAST(counted.counts ->> 'skipped' AS bigint)
    + CAST(counted.counts ->> 'accepted' AS bigint) + CAST(counted.counts ->> 'duplicates' AS bigint)
    + CAST(counted.counts ->> 'quarantined' AS bigint)
ORDER BY batch.batch_id, counted.dataset
LIMIT :how_many;
