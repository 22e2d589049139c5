-- Purpose: count the assessed customers with an account in systems whose data are late; the empty name stands for everybody.
-- Parameters: systems, customer_key (null: all). Grain: one row per system, and one without a system for all of them together.
-- Dialect: PostgreSQL.
WITH held AS (
    SELECT account.system, judged.customer_key
    FROM current_assessment AS judged INNER JOIN account ON judged.customer_key = account.customer_key
    WHERE account.system = any(CAST(:systems AS text []))
    UNION ALL
    SELECT '' AS system, judged.customer_key FROM current_assessment AS judged
    WHERE '' = any(CAST(:systems AS text []))
)

SELECT held.system, count(DISTINCT held.customer_key) AS customers
FROM held
WHERE CAST(:customer_key AS bigint) IS NULL OR held.customer_key = :customer_key
GROUP BY GROUPING SETS ((held.system), ());
