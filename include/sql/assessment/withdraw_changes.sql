-- Purpose: withdraw changes of class that assessing the same date again no longer finds.
-- Parameters: as_of, customers (those assessed; NULL = all), but_for (not assessed). Grain: one row per withdrawn change. Dialect: PostgreSQL.
DELETE FROM class_change
WHERE
    class_change.as_of = :as_of
    AND (CAST(:customers AS bigint[]) IS NULL OR class_change.customer_key = ANY(CAST(:customers AS bigint[])))
    AND class_change.customer_key <> ALL(CAST(:but_for AS bigint[]))
    AND NOT EXISTS (SELECT 1 FROM assessed_change
WHERE assessed_change.customer_key = class_change.customer_key)
RETURNING
    class_change.customer_key, class_change.new_class AS old_class, class_change.old_class AS new_class, class_change.rule_code;
