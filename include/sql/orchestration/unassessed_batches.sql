-- Purpose: small batches of continuous sources that no finished assessment of everybody has seen.
-- Parameters: sources, rows (of the largest). Grain: one row per batch. Dialect: PostgreSQL.
WITH assessed AS (
    SELECT pins -> 'facts' AS facts
    FROM run
    WHERE stage = 'recompute_risk' AND state = 'finished'
    ORDER BY run_id DESC
    LIMIT 1
)

SELECT fact_batch.batch_id
FROM fact_batch LEFT JOIN assessed ON true
WHERE
    fact_batch.source_id = ANY(:sources)
    AND fact_batch.version > coalesce(cast(assessed.facts ->> fact_batch.dataset AS bigint), -1)
GROUP BY fact_batch.batch_id
HAVING sum(fact_batch.rows_appended) BETWEEN 1 AND :rows
ORDER BY fact_batch.batch_id;
