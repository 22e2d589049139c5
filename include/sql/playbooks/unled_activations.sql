-- Purpose: activations at work whose end is nobody's duty, such as those of an older version. Parameters: none.
-- Grain: one row per activation. Dialect: PostgreSQL.
SELECT activation.activation_id
FROM activation
WHERE
    activation.state IN ('acknowledged', 'contained', 'recovering', 'resolved', 'after_action')
    AND NOT EXISTS (
        SELECT FROM step WHERE step.activation_id = activation.activation_id AND step.state NOT IN ('done', 'not_doing')
    )
    AND NOT EXISTS (
        SELECT FROM duty
        WHERE
            duty.subject_type = 'activation' AND duty.subject_id = CAST(activation.activation_id AS text)
            AND duty.state IN ('open', 'exhausted')
    )
ORDER BY activation.activation_id;
