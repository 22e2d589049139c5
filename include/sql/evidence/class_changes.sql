-- Purpose: changes of class of customers, or by a run. Parameters: customer (array), changing_run (array). Grain: one row per change.
-- Dialect: PostgreSQL.
SELECT
    'customer' AS subject_type, CAST(class_change.customer_key AS text) AS subject_id, class_change.customer_key, customer.customer_id,
    class_change.as_of, class_change.old_class, class_change.new_class, class_change.rule_code, class_change.run_id
FROM class_change LEFT JOIN customer ON class_change.customer_key = customer.customer_key
WHERE class_change.customer_key = ANY(CAST(:customer AS bigint [])) OR class_change.run_id = ANY(CAST(:changing_run AS bigint []))
ORDER BY class_change.customer_key, class_change.as_of;
