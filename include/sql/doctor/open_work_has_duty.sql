-- Purpose: open reviews, emergency plans and steps of them that no open duty stands for (I11).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
WITH broken AS (
    SELECT 'review ' || review.review_id AS subject FROM review
    WHERE
        review.state NOT IN ('closed', 'cancelled', 'approved', 'rejected')
        AND NOT EXISTS (
            SELECT 1 FROM duty
            WHERE
                duty.subject_type = 'review' AND duty.subject_id = CAST(review.review_id AS text)
                AND duty.state IN ('open', 'exhausted')
        )
    UNION ALL
    SELECT 'step ' || step.step_key AS subject FROM step
    WHERE
        step.state NOT IN ('done', 'not_doing')
        AND NOT EXISTS (
            SELECT 1 FROM duty
            WHERE duty.kind = 'step' AND duty.subject_id = CAST(step.step_key AS text) AND duty.state IN ('open', 'exhausted')
        )
    UNION ALL
    SELECT 'activation ' || activation.activation_id AS subject FROM activation
    WHERE
        activation.state NOT IN ('armed', 'closed', 'stood_down')
        AND (
            activation.state IN ('triggered', 'resolved', 'after_action')
            OR NOT EXISTS (
                SELECT 1 FROM step WHERE step.activation_id = activation.activation_id AND step.state NOT IN ('done', 'not_doing')
            )
        )
        AND NOT EXISTS (
            SELECT 1 FROM duty
            WHERE
                duty.subject_type = 'activation' AND duty.subject_id = CAST(activation.activation_id AS text)
                AND duty.state IN ('open', 'exhausted')
        )
)

SELECT broken.subject, count(*) OVER () AS broken
FROM broken
ORDER BY broken.subject
LIMIT :how_many;
