-- Purpose: what was published and is judged neither by a finished assessment of everybody nor, as far as it speaks of customers, by a
-- finished pass over events. An assessment of a past date, a what-if, made nothing current, so what it read still waits.
-- Parameters: spoken (data sets that speak of customers), sources (NULL = all, register included).
-- Grain: one row per batch and data set; changes of the register have no source, and no batch where people made them. Dialect: PostgreSQL.
WITH assessed AS (
    SELECT run_id, pins -> 'facts' AS facts
    FROM run
    WHERE
        stage = 'recompute_risk' AND state = 'finished'
        AND as_of >= coalesce((SELECT assessment_head.as_of FROM assessment_head), as_of)
    ORDER BY run_id DESC
    LIMIT 1
),

judged AS (
    SELECT CAST(named.batch_id AS bigint) AS batch_id, run.pins -> 'facts' AS facts
    FROM run CROSS JOIN LATERAL jsonb_array_elements_text(run.pins -> 'batches') AS named (batch_id)
    WHERE
        run.stage = 'watch_events' AND run.state = 'finished'
        AND run.run_id >= coalesce(
            (
                SELECT max(under_way.run_id) FROM run AS under_way
                WHERE under_way.stage = 'watch_events' AND under_way.run_id < (SELECT assessed.run_id FROM assessed)
            ), 0
        )
),

published AS (
    SELECT batch_id, dataset, source_id, coalesce(added_version, version) AS version, rows_appended, as_of FROM fact_batch
    UNION ALL
    SELECT batch_id, 'accounts' AS dataset, NULL AS source_id, version, 0 AS rows_appended, NULL AS as_of FROM register_version
)

SELECT published.batch_id, published.dataset, published.rows_appended, published.as_of
FROM published LEFT JOIN assessed ON true
WHERE
    (CAST(:sources AS text[]) IS NULL OR published.source_id = ANY(:sources))
    AND published.version > coalesce(CAST(assessed.facts ->> published.dataset AS bigint), -1)
    AND NOT EXISTS (
        SELECT 1 FROM judged
        WHERE
            judged.batch_id = published.batch_id AND published.dataset = ANY(:spoken)
            AND published.version <= CAST(judged.facts ->> published.dataset AS bigint)
    )
ORDER BY published.batch_id, published.dataset;
