-- Purpose: the emergency plans somebody may see. Parameters: states, owner_users (null: all), person, now, sort (a column); those of page.sql.
-- Grain: one row per activation. Dialect: PostgreSQL.
WITH seen AS (
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
)

SELECT
    seen.*,
    CASE
        WHEN :sort = 'next_due_at' THEN extract(EPOCH FROM seen.next_due_at)
        WHEN :sort = 'started_on' THEN seen.started_on - date '2000-01-01'
        WHEN :sort = 'steps' THEN seen.steps
        WHEN :sort = 'steps_ended' THEN seen.steps_ended
        WHEN :sort = 'steps_late' THEN seen.steps_late
        WHEN :sort = 'exposure' THEN seen.exposure
        WHEN :sort = 'is_drill' THEN CAST(seen.is_drill AS integer)
        ELSE 0
    END AS sort_number,
    CASE
        WHEN :sort = 'playbook_id' THEN seen.playbook_id
        WHEN :sort = 'name' THEN seen.name
        WHEN :sort = 'state' THEN seen.state
        WHEN :sort = 'owner' THEN seen.owner
        ELSE ''
    END AS sort_text,
    seen.activation_id AS sort_key
FROM seen;
