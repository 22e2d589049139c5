-- Purpose: mandatory trainings that lapsed. Parameters: at. Grain: one row per person and course. Dialect: PostgreSQL.
SELECT newest.person, newest.course_id
FROM (
    SELECT DISTINCT ON (person, course_id) person, course_id, lapses_at, state, is_mandatory
    FROM training
    ORDER BY person ASC, course_id ASC, round DESC
) AS newest
WHERE newest.is_mandatory AND newest.state <> 'ended' AND newest.lapses_at < :at
ORDER BY newest.person, newest.course_id;
