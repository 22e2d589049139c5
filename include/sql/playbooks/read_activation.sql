-- Purpose: one activation with who led it, its approving roles, the duties of its playbook, how many steps are open, and whose.
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
    activation.acknowledged_by,
    activation.policy_change IS NOT NULL AS proposes_change,
    ARRAY_REMOVE(ARRAY[activation.owner, activation.acknowledged_by, activation.looked_back_by], NULL) AS leaders,
    playbook_document.document -> 'duties' AS duties,
    ARRAY(SELECT JSONB_ARRAY_ELEMENTS_TEXT(playbook_document.document -> 'duties' -> 'approvers')) AS approvers,
    (
        SELECT COUNT(*) FROM step
        WHERE step.activation_id = activation.activation_id AND step.state NOT IN ('done', 'not_doing')
    ) AS open_steps,
    ARRAY(
        SELECT DISTINCT step.owner FROM step
        WHERE step.activation_id = activation.activation_id AND step.state NOT IN ('done', 'not_doing')
        ORDER BY step.owner
    ) AS open_owners
FROM activation
LEFT JOIN customer ON activation.customer_key = customer.customer_key
INNER JOIN playbook_document ON activation.playbook_digest = playbook_document.digest
WHERE activation.activation_id = :activation_id;
