-- Purpose: give activations to the customer that took theirs over, unless that one has the playbook open itself; a trigger that
-- one answered before gets a key of its own. Parameters: activation_ids, survivors (arrays of one length).
-- Grain: one row per activation that moved. Dialect: PostgreSQL.
WITH wanted AS (
    SELECT unnest(CAST(:activation_ids AS bigint [])) AS activation_id, unnest(CAST(:survivors AS bigint [])) AS survivor
),

moved AS (
    SELECT
        wanted.activation_id,
        wanted.survivor,
        coalesce(bool_or(other.trigger_key = mine.trigger_key), false) AS is_answered
    FROM wanted
    INNER JOIN activation AS mine ON wanted.activation_id = mine.activation_id
    LEFT JOIN activation AS other ON wanted.survivor = other.customer_key AND mine.playbook_id = other.playbook_id
    GROUP BY wanted.activation_id, wanted.survivor
    HAVING coalesce(bool_and(other.state IN ('closed', 'stood_down')), true)
)

UPDATE activation
SET
    customer_key = moved.survivor,
    trigger_key = activation.trigger_key || CASE WHEN moved.is_answered THEN ':' || activation.customer_key ELSE '' END,
    version = activation.version + 1
FROM moved
WHERE activation.activation_id = moved.activation_id
RETURNING activation.activation_id;
