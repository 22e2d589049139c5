-- Purpose: reviews, plans and measures whose version is not the number of their events in the log (I6); neither taking evidence
-- nor an auditor's reading changes anything.
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH logged AS (
    SELECT event.subject_type, event.subject_id, count(*) AS events FROM audit_event AS event
    WHERE event.subject_type IN ('review', 'activation', 'measure') AND event.action NOT IN ('evidence:taken', 'console:read')
    GROUP BY event.subject_type, event.subject_id
), versioned AS (
    SELECT 'review' AS subject_type, CAST(review.review_id AS text) AS subject_id, review.version FROM review
    UNION ALL
    SELECT 'activation' AS subject_type, CAST(activation.activation_id AS text) AS subject_id, activation.version FROM activation
    UNION ALL
    SELECT 'measure' AS subject_type, CAST(measure.measure_id AS text) AS subject_id, measure.version FROM measure
)

SELECT versioned.subject_type || ' ' || versioned.subject_id AS subject, count(*) OVER () AS broken
FROM versioned
LEFT JOIN logged ON versioned.subject_type = logged.subject_type AND versioned.subject_id = logged.subject_id
WHERE versioned.version <> coalesce(logged.events, 0)
ORDER BY versioned.subject_type, versioned.subject_id
LIMIT :how_many;
