-- Purpose: open duties by kind, without the number at its end, and by how long they are overdue. Parameters: now.
-- Grain: one row per kind and age. Dialect: PostgreSQL.
WITH aged AS (
    SELECT
        kind,
        CASE
            WHEN due_at >= :now THEN 'not_due'
            WHEN due_at >= :now - INTERVAL '1 day' THEN 'up_to_1_day'
            WHEN due_at >= :now - INTERVAL '7 days' THEN 'up_to_7_days'
            WHEN due_at >= :now - INTERVAL '30 days' THEN 'up_to_30_days'
            ELSE 'over_30_days'
        END AS overdue,
        count(*) AS found
    FROM duty
    WHERE state = 'open'
    GROUP BY 1, 2
)

SELECT regexp_replace(kind, '_\d+$', '') AS kind, overdue, sum(found) AS open_duties FROM aged
GROUP BY 1, 2
ORDER BY 1, 2;
