-- Purpose: unfinished steps owned by no person of the team, somebody absent today, or without the step's role, with who decides about their
-- measures. Parameters: people, absent (arrays); holders, held (arrays of one length: who has which role); states (array).
-- Grain: one row per step. Dialect: PostgreSQL.
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
    customer.owner_user,
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
    AND (
        step.owner <> ALL(CAST(:people AS text [])) OR step.owner = ANY(CAST(:absent AS text []))
        OR NOT EXISTS (
            SELECT 1 FROM unnest(CAST(:holders AS text []), CAST(:held AS text [])) AS has (person, held_role)
            WHERE has.person = step.owner AND has.held_role = step.role
        )
    )
ORDER BY step.step_key
FOR UPDATE OF step;
