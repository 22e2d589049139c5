-- Purpose: how customers without a measure changed between two assessments, by their class in the first one.
-- Reads before and after. Parameters: treated (list of customer keys). Grain: one row per class. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
-- sqlfluff:templater:placeholder:param_style:dollar
SELECT
    b.risk_class, count(*) AS peers, 100 * (sum(a.exposure) / nullif(sum(b.exposure), 0) - 1) AS exposure_pct,
    100 * (sum(a.overdue) / nullif(sum(b.overdue), 0) - 1) AS overdue_pct,
    avg(a.risk_class::DOUBLE - b.risk_class) FILTER (WHERE a.risk_class > 0 AND b.risk_class > 0) AS class_steps
FROM before AS b INNER JOIN after AS a ON a.customer_key = b.customer_key
WHERE NOT list_contains($treated::BIGINT[], b.customer_key)
GROUP BY b.risk_class
