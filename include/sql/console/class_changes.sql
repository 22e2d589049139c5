-- Purpose: how the class of a customer changed, newest first. Parameters: customer_key. Grain: one row per change. Dialect: PostgreSQL.
SELECT class_change.as_of, class_change.old_class, class_change.new_class
FROM class_change
WHERE class_change.customer_key = :customer_key
ORDER BY class_change.as_of DESC
LIMIT 20;
