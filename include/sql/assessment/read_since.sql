-- Purpose: read who was assessed by a run after a given one. Parameters: run_id. Grain: one row per customer. Dialect: PostgreSQL.
SELECT customer_key, as_of FROM current_assessment
WHERE run_id > :run_id
ORDER BY customer_key;
