-- Purpose: measures in force that have no end, or whose end passed more than two days ago (C5).
-- Parameters: as_of, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(measure.measure_id AS text) AS subject, count(*) OVER () AS broken
FROM measure
WHERE
    measure.state IN ('in_force', 'reversal_asked')
    AND (measure.expires_on IS NULL OR measure.expires_on < CAST(:as_of AS date) - 2)
ORDER BY measure.measure_id
LIMIT :how_many;
