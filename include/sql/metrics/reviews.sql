-- Purpose: reviews that are not ended, and those of them that nobody decided by their due day.
-- Parameters: today, classes (names by code). Grain: one row per risk class with open reviews. Dialect: PostgreSQL.
SELECT
    (CAST(:classes AS text []))[risk_class + 1] AS risk_class,
    count(*) AS open_reviews,
    count(*) FILTER (
        WHERE due_on < :today AND state NOT IN ('planned', 'approved', 'rejected', 'implementing', 'suspended')
    ) AS overdue_reviews
FROM review
WHERE state NOT IN ('closed', 'cancelled')
GROUP BY risk_class
ORDER BY risk_class;
