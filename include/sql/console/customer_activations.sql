-- Purpose: the emergency plans in use for a customer, newest first. Parameters: customer_key. Grain: one row per activation.
-- Dialect: PostgreSQL.
SELECT
    activation.activation_id, activation.playbook_id, activation.state, activation.owner, activation.started_on,
    count(step.step_id) AS steps,
    count(step.step_id) FILTER (WHERE step.state IN ('done', 'not_doing')) AS steps_ended
FROM activation
LEFT JOIN step ON activation.activation_id = step.activation_id
WHERE activation.customer_key = :customer_key
GROUP BY activation.activation_id
ORDER BY activation.activation_id DESC
LIMIT 50;
