-- Purpose: changes of class of customers, or by a run. Parameters: customer (array), run (array). Grain: one row per change.
-- Dialect: PostgreSQL.
SELECT
    'customer' AS subject_type, CAST(customer_key AS text) AS subject_id, customer_key, as_of, old_class, new_class, rule_code, run_id
FROM class_change
WHERE customer_key = ANY(CAST(:customer AS bigint [])) OR run_id = ANY(CAST(:run AS bigint []))
ORDER BY customer_key, as_of;
