-- Purpose: emergency plans at work that are led, or whose next duty is owed, by no person of the team, somebody absent today, or without the
-- role of their incident owner. Parameters: people, absent (arrays); holders, held (arrays of one length: who has which role);
-- states (array), now. Grain: one row per plan and person who owes it something. Dialect: PostgreSQL.
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
        OR NOT EXISTS (
            SELECT 1 FROM unnest(CAST(:holders AS text []), CAST(:held AS text [])) AS has (person, held_role)
            WHERE
                has.person = coalesce(duty.owner, activation.owner)
                AND has.held_role = playbook_document.document -> 'duties' ->> 'incident_owner'
        )
    )
ORDER BY activation.activation_id
FOR UPDATE OF activation;
