-- Purpose: one page of the emergency plans somebody may see, those with the next deadline first and those without one last.
-- Parameters: states, owner_users (null: all), person, now, after_at (null: it had no deadline), after_id (of the last row; null at first),
-- how_many. Grain: one row per activation. Dialect: PostgreSQL.
SELECT
    activation.activation_id, activation.playbook_id, activation.state, activation.owner, activation.started_on, activation.is_drill,
    activation.customer_key, customer.customer_id, customer.name, judged.exposure,
    count(step.step_id) AS steps,
    count(step.step_id) FILTER (WHERE step.state IN ('done', 'not_doing')) AS steps_ended,
    count(step.step_id) FILTER (WHERE step.state NOT IN ('done', 'not_doing') AND step.due_at < :now) AS steps_late,
    min(step.due_at) FILTER (WHERE step.state NOT IN ('done', 'not_doing')) AS next_due_at
FROM activation
LEFT JOIN customer ON activation.customer_key = customer.customer_key
LEFT JOIN current_assessment AS judged ON activation.customer_key = judged.customer_key
LEFT JOIN step ON activation.activation_id = step.activation_id
WHERE
    activation.state = any(CAST(:states AS text []))
    AND (
        CAST(:owner_users AS text []) IS NULL OR customer.owner_user = any(CAST(:owner_users AS text []))
        OR :person IN (activation.owner, activation.deputy)
        OR EXISTS(
            SELECT 1 FROM step AS named
            WHERE named.activation_id = activation.activation_id AND :person IN (named.owner, named.deputy)
        )
    )
GROUP BY activation.activation_id, customer.customer_key, judged.exposure
HAVING
    CAST(:after_id AS bigint) IS NULL
    OR (
        coalesce(min(step.due_at) FILTER (WHERE step.state NOT IN ('done', 'not_doing')), 'infinity'), activation.activation_id
    ) > (coalesce(CAST(:after_at AS timestamptz), 'infinity'), CAST(:after_id AS bigint))
ORDER BY next_due_at ASC NULLS LAST, activation.activation_id
LIMIT :how_many;
