-- Purpose: record changes of class; one that is already known for this date is left alone. Parameters: as_of, run_id.
-- Grain: one row per customer whose class changed. Dialect: PostgreSQL.
INSERT INTO class_change (customer_key, as_of, run_id, old_class, new_class, rule_code)
SELECT customer_key, CAST(:as_of AS date) AS as_of, CAST(:run_id AS bigint) AS run_id, old_class, new_class, rule_code
FROM assessed_change
ORDER BY customer_key
ON CONFLICT (customer_key, as_of) DO UPDATE
    SET run_id = excluded.run_id, old_class = excluded.old_class, new_class = excluded.new_class, rule_code = excluded.rule_code
    WHERE (class_change.old_class, class_change.new_class, class_change.rule_code)
        IS DISTINCT FROM (excluded.old_class, excluded.new_class, excluded.rule_code)
RETURNING customer_key, old_class, new_class, rule_code;
