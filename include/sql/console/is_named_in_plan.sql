-- Purpose: tell whether somebody leads an activation or has a step of it. Parameters: activation_id, person. Grain: one row.
-- Dialect: PostgreSQL.
SELECT EXISTS(
    SELECT 1 FROM activation
    LEFT JOIN step ON activation.activation_id = step.activation_id
    WHERE
        activation.activation_id = :activation_id
        AND :person IN (activation.owner, activation.deputy, step.owner, step.deputy)
) AS is_named;
