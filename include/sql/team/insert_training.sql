-- Purpose: assign the next round of a course to a person. Parameters: person, course_id, last_day, lapses_at, is_mandatory, at.
-- Grain: one row. Dialect: PostgreSQL.
INSERT INTO training (person, course_id, round, last_day, lapses_at, is_mandatory, assigned_at)
SELECT
    :person AS person, :course_id AS course_id, 1 + coalesce(max(round), 0) AS round, :last_day AS last_day,
    :lapses_at AS lapses_at, :is_mandatory AS is_mandatory, :at AS assigned_at
FROM training
WHERE person = :person AND course_id = :course_id
RETURNING training_id, person, course_id, round, version, last_day, lapses_at;
