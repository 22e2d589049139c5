-- Purpose: what an auditor may draw from a span of days: reviews opened, plans started, measures proposed. Parameters: since, until (days).
-- Grain: one row per thing. Dialect: PostgreSQL.
SELECT 'review' AS kind, review_id AS number FROM review WHERE opened_on BETWEEN CAST(:since AS date) AND CAST(:until AS date)
UNION ALL
SELECT 'activation' AS kind, activation_id AS number FROM activation WHERE started_on BETWEEN CAST(:since AS date) AND CAST(:until AS date)
UNION ALL
SELECT 'measure' AS kind, measure_id AS number FROM measure
WHERE CAST(proposed_at AS date) BETWEEN CAST(:since AS date) AND CAST(:until AS date)
ORDER BY kind, number;
