-- Purpose: the newest business date people asked an ingest for, or a source said again unchanged, since the last assessment of
-- everybody, and that of the current assessment, for what is late is judged as of today. Parameters: stages (names of the ingests).
-- Grain: one row. Dialect: PostgreSQL.
WITH assessed AS (
    SELECT run_id, started_at
    FROM run
    WHERE
        stage = 'recompute_risk' AND state = 'finished'
        AND as_of >= coalesce((SELECT assessment_head.as_of FROM assessment_head), as_of)
    ORDER BY run_id DESC
    LIMIT 1
)

SELECT
    (SELECT assessment_head.as_of FROM assessment_head) AS current,
    greatest(
        (
            SELECT max(run.as_of) FROM run
            WHERE run.stage = ANY(:stages) AND run.state = 'finished' AND run.run_id > coalesce((SELECT assessed.run_id FROM assessed), 0)
        ),
        (
            SELECT max(batch_unchanged.as_of) FROM batch_unchanged
            WHERE batch_unchanged.received_at > (SELECT assessed.started_at FROM assessed)
        )
    ) AS asked_for;
