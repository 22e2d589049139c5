-- Purpose: invented customers of the benchmark. Variables: customers. Grain: one row per customer. Dialect: DuckDB.
-- sqlfluff:dialect:duckdb
SELECT
    format('C{:07d}', c) AS customer_id, format('Bench Trading {:07d} Ltd', c) AS name, format('91{:016d}', c * 7919 + 13) AS tax_id,
    'CN' AS country, format('{:04d}', 1000 + (hash(c, 1) % 90)::INTEGER) AS industry_code,
    (DATE '2019-01-01' + (hash(c, 2) % 2500)::INTEGER)::DATE AS onboarded_on, 30 AS payment_terms_days, 'active' AS status,
    'CNY' AS currency
FROM range(getvariable('customers')) AS t(c)
