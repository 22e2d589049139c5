-- Purpose: plan a review of each customer; one that exists for the same type and key is left alone. Parameters: customer_keys
-- (array), kind, key, day, person, reason, at. Grain: one row per new review. Dialect: PostgreSQL.
INSERT INTO review (
    customer_key, kind, policy_line, period_key, state, owner, risk_class, due_on, opened_on, opened_at, requested_by, reason
)
SELECT
    a.customer_key, :kind AS kind, :kind AS policy_line, :key AS period_key, 'planned' AS state, :person AS owner,
    acting_class(a.risk_class, a.valid_until, CAST(:day AS date)) AS risk_class, CAST(:day AS date) AS due_on,
    CAST(:day AS date) AS opened_on, CAST(:at AS timestamptz) AS opened_at, :person AS requested_by, :reason AS reason
FROM current_assessment AS a
WHERE a.customer_key = ANY(CAST(:customer_keys AS bigint []))
ORDER BY a.customer_key
ON CONFLICT (customer_key, policy_line, period_key) DO NOTHING
RETURNING review_id, customer_key;
