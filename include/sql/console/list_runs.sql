-- Purpose: one page of what ran, in any order. Parameters: stage, state, triggered_by (each may be null),
-- sort (a column), is_down (the largest first), no_number and no_text (stand for
-- what is unknown, so that it comes last), after_number, after_text and after_id (of the last row; null at first), how_many.
-- Grain: one row per run. Dialect: PostgreSQL.
WITH listed AS (
    SELECT
        run.run_id, run.stage, run.as_of, run.state, run.started_at, run.ended_at,
        extract(EPOCH FROM run.ended_at - run.started_at) AS seconds, run.triggered_by, run.problem,
        coalesce(CAST(CASE
            WHEN :sort = 'as_of' THEN run.as_of - date '2000-01-01'
            WHEN :sort = 'started_at' THEN extract(EPOCH FROM run.started_at)
            WHEN :sort = 'seconds' THEN extract(EPOCH FROM run.ended_at - run.started_at)
            ELSE 0
        END AS float8), CAST(:no_number AS float8)) AS sort_number,
        coalesce(CASE
            WHEN :sort = 'stage' THEN run.stage
            WHEN :sort = 'state' THEN run.state
            WHEN :sort = 'triggered_by' THEN run.triggered_by
            ELSE ''
        END, CAST(:no_text AS text)) COLLATE "C" AS sort_text
    FROM run
    WHERE
        (CAST(:stage AS text) IS NULL OR run.stage = :stage)
        AND (CAST(:state AS text) IS NULL OR run.state = :state)
        AND (CAST(:triggered_by AS text) IS NULL OR run.triggered_by = :triggered_by)
)

SELECT listed.*
FROM listed
WHERE
    CASE
        WHEN CAST(:after_id AS bigint) IS NULL THEN true
        WHEN :is_down THEN
            (listed.sort_number, listed.sort_text, listed.run_id)
            < (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
        ELSE
            (listed.sort_number, listed.sort_text, listed.run_id)
            > (CAST(:after_number AS float8), CAST(:after_text AS text), CAST(:after_id AS bigint))
    END
ORDER BY
    CASE WHEN :is_down THEN listed.sort_number END DESC,
    CASE WHEN :is_down THEN listed.sort_text END DESC,
    CASE WHEN :is_down THEN listed.run_id END DESC,
    CASE WHEN NOT :is_down THEN listed.sort_number END ASC,
    CASE WHEN NOT :is_down THEN listed.sort_text END ASC,
    CASE WHEN NOT :is_down THEN listed.run_id END ASC
LIMIT :how_many;
