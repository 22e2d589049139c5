-- Purpose: the newest round of every course of every person, with the day the course was last taken.
-- Parameters: person (or null for everybody). Grain: one row per person and course. Dialect: PostgreSQL.
SELECT DISTINCT ON (person, course_id)
    training_id, person, course_id, round, state, version, is_mandatory, last_day, lapses_at, completed_on, evidence,
    recorded_by, recorded_at, assigned_at,
    max(completed_on) OVER (PARTITION BY person, course_id) AS taken_on
FROM training
WHERE cast(:person AS text) IS NULL OR person = :person
ORDER BY person ASC, course_id ASC, round DESC;
