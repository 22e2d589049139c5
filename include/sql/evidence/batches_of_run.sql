-- Purpose: the deliveries that became facts after the run of the same stage before and before this run began. Parameters: id.
-- Grain: one row per batch. Dialect: PostgreSQL.
SELECT DISTINCT fact_batch.batch_id
FROM fact_batch INNER JOIN run ON fact_batch.published_at <= run.started_at
WHERE
    run.run_id = CAST(:id AS bigint) AND fact_batch.published_at > coalesce((
        SELECT max(earlier.started_at) FROM run AS earlier
        WHERE earlier.stage = run.stage AND earlier.run_id < run.run_id AND earlier.state = 'finished'
    ), '-infinity')
ORDER BY fact_batch.batch_id;
