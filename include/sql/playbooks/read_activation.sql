-- Purpose: one activation with its approving roles and open steps.
-- Parameters: activation_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    activation.activation_id,
    activation.state,
    activation.version,
    activation.owner,
    activation.deputy,
    activation.is_drill,
    activation.playbook_id,
    customer.customer_id,
    activation.owner AS leader,
    ARRAY(SELECT JSONB_ARRAY_ELEMENTS_TEXT(playbook_document.document -> 'duties' -> 'approvers')) AS approvers,
    (
        SELECT COUNT(*) FROM step
        WHERE step.activation_id = activation.activation_id AND step.state NOT IN ('done', 'not_doing')
    ) AS open_steps
FROM activation
LEFT JOIN customer ON activation.customer_key = customer.customer_key
INNER JOIN playbook_document ON activation.playbook_digest = playbook_document.digest
WHERE activation.activation_id = :activation_id;
