-- Purpose: open steps of emergency plans whose owner is no person of the team (C4).
-- Parameters: people, how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT step.activation_id || ' ' || step.step_id AS subject, count(*) OVER () AS broken
FROM step
INNER JOIN activation ON step.activation_id = activation.activation_id
WHERE
    activation.state NOT IN ('closed', 'stood_down') AND step.state NOT IN ('done', 'not_doing')
    AND step.owner <> all(CAST(:people AS text [])) AND coalesce(step.deputy, '') <> all(CAST(:people AS text []))
ORDER BY step.activation_id, step.step_id
LIMIT :how_many;
