-- Purpose: open reviews and steps of emergency plans that no open duty stands for (I11).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH standing AS (
    SELECT duty.kind, duty.subject_type, duty.subject_id FROM duty WHERE duty.state IN ('open', 'exhausted')
), broken AS (
    SELECT 'review ' || review.review_id AS subject FROM review
    WHERE
        review.state NOT IN ('closed', 'cancelled', 'approved', 'rejected')
        AND CAST(review.review_id AS text) NOT IN (SELECT standing.subject_id FROM standing WHERE standing.subject_type = 'review')
    UNION ALL
    SELECT 'step ' || step.step_key AS subject FROM step
    WHERE
        step.state NOT IN ('done', 'not_doing')
        AND CAST(step.step_key AS text) NOT IN (SELECT standing.subject_id FROM standing WHERE standing.kind = 'step')
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
