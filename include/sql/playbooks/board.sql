-- Purpose: activations with how far their steps are.
-- Parameters: is_open (only those at work), is_drill (null: both), how_many, at (steps due before are late).
-- Grain: one row per activation, the newest first.
-- Dialect: PostgreSQL.
SELECT
    activation.activation_id, activation.playbook_id, activation.is_drill, activation.state, activation.version, activation.rule_id,
    activation.owner, activation.deputy, activation.started_at, activation.ended_at, customer.customer_id,
    count(step.step_id) AS steps,
    count(step.step_id) FILTER (WHERE step.state IN ('done', 'not_doing')) AS steps_ended,
    count(step.step_id) FILTER (WHERE step.state NOT IN ('done', 'not_doing') AND step.due_at < :at) AS steps_late,
    min(step.due_at) FILTER (WHERE step.state NOT IN ('done', 'not_doing')) AS next_due
FROM activation
LEFT JOIN customer ON activation.customer_key = customer.customer_key
LEFT JOIN step ON activation.activation_id = step.activation_id
WHERE
    (NOT :is_open OR activation.state NOT IN ('closed', 'stood_down'))
    AND (cast(:is_drill AS boolean) IS NULL OR activation.is_drill = :is_drill)
GROUP BY activation.activation_id, customer.customer_id
ORDER BY activation.activation_id DESC
LIMIT :how_many;
