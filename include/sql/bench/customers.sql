-- Purpose: invented customers of the benchmark. Variables: customers. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('C{:07d}', c) AS customer_id, format('Bench Trading {:07d} Ltd', c) AS name, format('91{:016d}', c * 7919 + 13) AS tax_id,
    CASE WHEN hash(c, 8) % 10 > 0 THEN 'CN' ELSE ['VN', 'DE', 'BR', 'IR'][1 + ((hash(c, 9) >> 20) % 4)::INTEGER] END AS country,
    format('{:04d}', 1000 + (hash(c, 1) % 90)::INTEGER) AS industry_code,
    (DATE '2019-01-01' + (hash(c, 2) % 2500)::INTEGER)::DATE AS onboarded_on, 30 AS payment_terms_days, 'active' AS status,
    'CNY' AS currency, ['A', 'B', 'C'][1 + (hash(c, 3) % 3)::INTEGER] AS segment,
    CASE WHEN hash(c, 4) % 10 > 0 THEN (DATE '2026-08-01' + (hash(c, 5) % 900)::INTEGER)::DATE END AS kyc_review_due_on,
    CASE WHEN hash(c, 6) % 8 > 0 THEN [60, 80, 100, 100, 100, 100, 100, 100][1 + ((hash(c, 7) >> 20) % 8)::INTEGER] END AS ubo_verified_pct
FROM range(getvariable('customers')) AS t(c)
