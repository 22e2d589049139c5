-- Purpose: the newest business date that facts no finished assessment has seen call for: the newest of their batches, of the dates
-- people asked an ingest for since the last assessment, and of the current assessment, for what is late is judged as of today.
-- An assessment of a past date, a what-if, made nothing current, so what it read still waits.
-- Parameters: stages (names of the ingests). Grain: one row; asked_for tells of a date somebody entered. Dialect: PostgreSQL.
WITH assessed AS (
    SELECT run_id, pins -> 'facts' AS facts
    FROM run
    WHERE
        stage = 'recompute_risk' AND state = 'finished'
        AND as_of >= coalesce((SELECT assessment_head.as_of FROM assessment_head), as_of)
    ORDER BY run_id DESC
    LIMIT 1
),

asked AS (
    SELECT max(run.as_of) AS as_of
    FROM run LEFT JOIN assessed ON true
    WHERE run.stage = ANY(:stages) AND run.state = 'finished' AND run.run_id > coalesce(assessed.run_id, 0)
),

published AS (
    SELECT max(fact_batch.as_of) AS as_of
    FROM fact_batch LEFT JOIN assessed ON true
    WHERE fact_batch.version > coalesce(cast(assessed.facts ->> fact_batch.dataset AS bigint), -1)
)

SELECT
    greatest(asked.as_of, published.as_of, (SELECT assessment_head.as_of FROM assessment_head)) AS as_of,
    asked.as_of IS NOT NULL AS asked_for,
    published.as_of IS NOT NULL AS has_news
FROM asked CROSS JOIN published
