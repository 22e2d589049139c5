-- Purpose: measures that never took effect and whose last day is over, locked. Parameters: on_day. Grain: one row per measure.
-- Dialect: PostgreSQL.
SELECT measure_id FROM measure
WHERE state IN ('proposed', 'approved', 'implemented') AND expires_on < :on_day
ORDER BY measure_id
FOR UPDATE;
