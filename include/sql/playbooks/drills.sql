-- Purpose: what drills showed: when they were acknowledged and contained, and how many steps were ended in time.
-- Parameters: none. Grain: one row per drill, the latest first. Dialect: PostgreSQL.
SELECT
    activation.activation_id, activation.playbook_id, activation.playbook_version, activation.state, activation.owner,
    cast(split_part(activation.trigger_key, ':', 2) AS date) AS planned_on,
    activation.started_at, activation.acknowledged_at, activation.contained_at, activation.lessons, activation.policy_change,
    duty.due_at AS acknowledge_due_at,
    count(step.step_id) AS steps,
    count(step.step_id) FILTER (WHERE step.state = 'done' AND step.ended_at <= step.due_at) AS steps_in_time,
    count(step.step_id) FILTER (WHERE step.state = 'not_doing') AS steps_refused
FROM activation
LEFT JOIN step ON activation.activation_id = step.activation_id
LEFT JOIN duty
    ON
        duty.kind = 'activation_acknowledge' AND duty.subject_type = 'activation'
        AND duty.subject_id = cast(activation.activation_id AS text)
WHERE activation.is_drill
GROUP BY activation.activation_id, duty.due_at
ORDER BY activation.activation_id DESC;
