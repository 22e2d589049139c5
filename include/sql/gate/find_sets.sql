-- Purpose: the sets a person may mean by the number of an activation or the beginning of a digest.
-- Parameters: number (or NULL), beginning. Grain: one row per set. Dialect: PostgreSQL.
SELECT digest FROM policy_set
WHERE
    digest LIKE :beginning || '%'
    OR digest IN (SELECT policy_activation.set_digest FROM policy_activation WHERE policy_activation.activation_id = :number)
ORDER BY (
    digest IN (SELECT policy_activation.set_digest FROM policy_activation WHERE policy_activation.activation_id = :number)
) DESC, digest
LIMIT 2;
