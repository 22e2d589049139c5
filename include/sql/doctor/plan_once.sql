-- Purpose: emergency plans that were started more than once for the same customer and cause (I1).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(min(activation.activation_id) AS text) AS subject, count(*) OVER () AS broken
FROM activation
GROUP BY activation.playbook_id, activation.customer_key, activation.trigger_key
HAVING count(*) > 1
ORDER BY min(activation.activation_id)
LIMIT :how_many;
