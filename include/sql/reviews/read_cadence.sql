-- Purpose: one agreed rhythm, locked. Parameters: cadence_id. Grain: at most one row. Dialect: PostgreSQL.
SELECT
    c.cadence_id,
    c.customer_key,
    c.state,
    c.version,
    c.proposed_by,
    c.every_months,
    c.policy_months,
    customer.customer_id
FROM review_cadence AS c
INNER JOIN customer ON c.customer_key = customer.customer_key
WHERE c.cadence_id = :cadence_id
FOR UPDATE OF c;
