-- Purpose: unfinished steps owned by no person of the team or somebody absent today, with who decides about their measures.
-- Parameters: people, absent (arrays), states (array). Grain: one row per step. Dialect: PostgreSQL.
SELECT
    step.step_key,
    step.step_id,
    step.version,
    step.owner,
    step.deputy,
    step.role,
    step.due_at,
    step.activation_id,
    activation.playbook_id,
    activation.is_drill,
    customer.customer_id,
    playbook_document.document -> 'duties' AS duties,
    ARRAY(
        SELECT coalesce(decision.decided_by, decision.asked)
        FROM measure
        INNER JOIN measure_approval AS decision ON measure.measure_id = decision.measure_id
        WHERE measure.step_key = step.step_key AND coalesce(decision.decided_by, decision.asked) IS NOT NULL
    ) AS deciders
FROM step
INNER JOIN activation ON step.activation_id = activation.activation_id
INNER JOIN playbook_document ON activation.playbook_digest = playbook_document.digest
LEFT JOIN customer ON activation.customer_key = customer.customer_key
WHERE
    step.state = ANY(CAST(:states AS text []))
    AND (step.owner <> ALL(CAST(:people AS text [])) OR step.owner = ANY(CAST(:absent AS text [])))
ORDER BY step.step_key
FOR UPDATE OF step;
