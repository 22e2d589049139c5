-- Purpose: emergency plans at work that are led, or whose next duty is owed, by no person of the team or somebody absent today.
-- Parameters: people, absent (arrays), states (array), now. Grain: one row per plan and person who owes it something. Dialect: PostgreSQL.
SELECT
    activation.activation_id,
    activation.version,
    activation.owner,
    activation.deputy,
    activation.acknowledged_by,
    activation.playbook_id,
    activation.is_drill,
    customer.customer_id,
    duty.kind AS duty_kind,
    coalesce(duty.owner, activation.owner) AS gone,
    coalesce(duty.due_at, :now) AS due_at,
    playbook_document.document -> 'duties' AS duties
FROM activation
INNER JOIN playbook_document ON activation.playbook_digest = playbook_document.digest
LEFT JOIN customer ON activation.customer_key = customer.customer_key
LEFT JOIN duty
    ON
        duty.subject_type = 'activation' AND duty.subject_id = CAST(activation.activation_id AS text)
        AND duty.state IN ('open', 'exhausted') AND cardinality(duty.roles) = 0
WHERE
    activation.state = ANY(CAST(:states AS text []))
    AND (
        coalesce(duty.owner, activation.owner) <> ALL(CAST(:people AS text []))
        OR coalesce(duty.owner, activation.owner) = ANY(CAST(:absent AS text []))
    )
ORDER BY activation.activation_id
FOR UPDATE OF activation;
