-- Purpose: customers whose current assessment belongs to no recorded run, or was made after the one everybody reads (I8).
-- Parameters: how_many. Grain: one row per finding, the first :how_many.
-- Dialect: PostgreSQL.
SELECT CAST(judged.customer_key AS text) AS subject, count(*) OVER () AS broken
FROM current_assessment AS judged
LEFT JOIN run ON judged.run_id = run.run_id
LEFT JOIN assessment_head AS head ON head.only_row
WHERE run.run_id IS NULL OR head.run_id IS NULL OR judged.as_of > head.as_of
ORDER BY judged.customer_key
LIMIT :how_many;
