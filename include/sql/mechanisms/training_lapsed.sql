-- Purpose: the mandatory training of a person that lapsed first: not taken in time, or its validity over and not renewed.
-- Parameters: person, at. Grain: at most one row. Dialect: PostgreSQL.
SELECT newest.course_id, newest.last_day
FROM (
    SELECT DISTINCT ON (course_id) course_id, last_day, lapses_at, state, is_mandatory
    FROM training
    WHERE person = :person
    ORDER BY course_id ASC, round DESC
) AS newest
WHERE newest.is_mandatory AND newest.state <> 'ended' AND newest.lapses_at < :at
ORDER BY newest.lapses_at, newest.course_id
LIMIT 1;
