-- Purpose: assigned trainings that were not taken in time. Parameters: at. Grain: one row per training. Dialect: PostgreSQL.
SELECT training_id, person, course_id, last_day FROM training
WHERE state = 'assigned' AND lapses_at < :at
ORDER BY training_id;
