-- Purpose: what reading and writing the CRMs came to
-- Parameters: none
-- Grain: one row
-- Dialect: postgres
SELECT
    used.calls,
    used.credits,
    count(w.write_id) FILTER (WHERE w.state IN ('written', 'confirmed')) AS written,
    count(w.write_id) FILTER (WHERE w.state = 'confirmed') AS confirmed,
    count(w.write_id) FILTER (WHERE w.state = 'confirmed' AND w.task_key IS NOT NULL) AS tasks,
    count(w.write_id) FILTER (WHERE w.state = 'confirmed' AND w.decided_by IS NOT NULL) AS agreed,
    count(w.write_id) FILTER (WHERE w.state IN ('proposed', 'approved')) AS waiting,
    count(w.write_id) FILTER (WHERE w.state = 'conflict' OR cardinality(w.edited) > 0) AS conflicts
FROM (SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(credits), 0) AS credits FROM crm_use) AS used
LEFT JOIN crm_write AS w ON TRUE
GROUP BY used.calls, used.credits;
