-- Purpose: the latest day each playbook was practised on because the policy asked for it; a person's own drill has no run.
-- Parameters: none. Grain: one row per playbook. Dialect: PostgreSQL.
SELECT
    activation.playbook_id,
    max(cast(split_part(activation.trigger_key, ':', 2) AS date)) AS planned_on
FROM activation
WHERE activation.is_drill AND activation.run_id <> 0
GROUP BY activation.playbook_id
ORDER BY activation.playbook_id;
