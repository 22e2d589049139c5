-- Purpose: customers whose class fell in their current assessment although their data were late, and no opinion ended (I9).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(change.customer_key AS text) AS subject, count(*) OVER () AS broken
FROM class_change AS change
INNER JOIN current_assessment AS judged ON change.customer_key = judged.customer_key AND change.run_id = judged.run_id
WHERE
    judged.data_state = 1 AND change.new_class BETWEEN 0 AND change.old_class - 1
    AND NOT EXISTS (SELECT 1 FROM opinion WHERE opinion.customer_key = change.customer_key)
ORDER BY change.customer_key
LIMIT :how_many;
