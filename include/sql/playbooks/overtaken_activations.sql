-- Purpose: open activations of customers that another one took over, with those of that one; of one playbook the one to keep is
-- first: at work before only waiting for its look back, then the one that started first. Parameters: none.
-- Grain: one row per activation. Dialect: PostgreSQL.
WITH living AS (
    SELECT
        activation.activation_id, activation.playbook_id, activation.customer_key, activation.owner, activation.state,
        activation.started_at, customer.customer_id,
        coalesce(customer.merged_into, customer.customer_key) AS survivor
    FROM activation INNER JOIN customer ON activation.customer_key = customer.customer_key
    WHERE
        activation.state NOT IN ('closed', 'stood_down')
        AND (
            customer.merged_into IS NOT NULL
            OR customer.customer_key IN (SELECT c.merged_into FROM customer AS c WHERE c.merged_into IS NOT NULL)
        )
)

SELECT
    living.activation_id, living.playbook_id, living.customer_key, living.owner, living.survivor,
    survivor.customer_id AS survivor_id,
    first_value(living.activation_id) OVER (
        PARTITION BY living.survivor, living.playbook_id
        ORDER BY living.state IN ('resolved', 'after_action'), living.started_at, living.activation_id
    ) AS kept
FROM living INNER JOIN customer AS survivor ON living.survivor = survivor.customer_key
ORDER BY living.activation_id;
