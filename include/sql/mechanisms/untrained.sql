-- Purpose: people with a mandatory training that lapsed, who therefore cannot approve. Parameters: at. Grain: one row per person.
-- Dialect: PostgreSQL.
SELECT DISTINCT newest.person
FROM (
    SELECT DISTINCT ON (person, course_id) person, lapses_at, state, is_mandatory
    FROM training
    ORDER BY person ASC, course_id ASC, round DESC
) AS newest
WHERE newest.is_mandatory AND newest.state <> 'ended' AND newest.lapses_at < :at
ORDER BY newest.person;
