-- Purpose: the round of a course a person has not taken yet, locked. Parameters: person, course_id. Grain: one row.
-- Dialect: PostgreSQL.
SELECT training_id, person, course_id, round, version, last_day, lapses_at FROM training
WHERE person = :person AND course_id = :course_id AND state IN ('assigned', 'lapsed')
FOR UPDATE;
