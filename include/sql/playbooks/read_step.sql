-- Purpose: one step with the leader of its activation and the steps it waits for. Parameters: activation_id, step_id.
-- Grain: at most one row. Dialect: PostgreSQL.
SELECT
    step.step_key,
    step.activation_id,
    step.step_id,
    step.state,
    step.version,
    step.owner,
    step.deputy,
    activation.owner AS leader,
    CAST('{}' AS text []) AS leaders,
    CAST('{}' AS text []) AS approvers,
    ARRAY(
        SELECT before.step_id FROM step AS before
        WHERE
            before.activation_id = step.activation_id AND before.step_id = ANY(step.depends_on)
            AND before.state NOT IN ('done', 'not_doing')
        ORDER BY before.position
    ) AS waits_for
FROM step
INNER JOIN activation ON step.activation_id = activation.activation_id
WHERE step.activation_id = :activation_id AND step.step_id = :step_id;
